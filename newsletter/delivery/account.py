"""By which way mail leaves: the provider and the account, told from all others without telling anything of them."""

import hmac
import json

from newsletter.config import Config
from newsletter.links import Key


def spelt(config: Config) -> bytes:
    """Name provider and account, with its secrets: what another account was given, this one would send again.

    The secret that its calls are signed with is none of those, nor how long an answer is waited for: either may be set
    anew because of a doubt that is still to be settled.
    """
    name = config.send.provider or ""
    table = {key: value for key, value in config.send.tables.get(name, {}).items() if key != "timeout"}
    prefix = f"NEWSLETTER_{name}_".upper()
    known = config.secrets.variables.items()
    own = {
        key: value.get_secret_value() for key, value in known if key.startswith(prefix) and key != f"{prefix}WEBHOOK"
    }
    return json.dumps([name, table, own], sort_keys=True, default=str).encode()


def account(config: Config, key: Key) -> str:
    """Return 16 hexadecimal digits that are others for another account, and tell nothing to whoever has not the key."""
    return hmac.digest(key.secret, b"account\0" + spelt(config), "sha256").hex()[:16]
