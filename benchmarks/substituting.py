"""Readers a second through Mailgun, which fills in each reader's values itself, beside the bare SQL of the same turns.

A request holds the sample issue once and the values of 1,000 readers. The sink, which takes all and does nothing, is a
process of its own. Both are durable; the bare SQL runs before and after ours.
"""

from functools import partial

from pydantic import SecretStr

from benchmarks._sink import sink
from benchmarks._stores import filled
from benchmarks._turns import against_sql
from newsletter.providers.mailgun import Mailgun, Settings

READERS = 100_000


def main() -> None:
    """Print both rates and their ratio for both databases."""
    with sink() as port, filled(READERS) as (config, stores):
        settings = Settings(key=SecretStr("key-sink"), domain="mg.example.nl", url=f"http://127.0.0.1:{port}")
        batch = Mailgun.capabilities.batch_messages
        for name, store in stores.items():
            ours, bare = against_sql(store, config, partial(Mailgun, settings), READERS, batch=batch)
            print(f"  {name}: {ours:,.0f} readers a second, {bare:,.0f} bare SQL of the same turns")
            print(f"    share {ours / bare:.2f}")
