"""Hosts: what can be the name of one, and which is this machine itself, to which alone a secret goes in the clear."""

from ipaddress import ip_address


def is_host(name: str) -> bool:
    """Say whether a name or an IP address can be looked up; Python raises UnicodeError for one that cannot."""
    try:
        return bool(name.encode("idna")) and name.isprintable() and not set(name) & set(" /@")
    except UnicodeError:
        return False


def is_loopback(host: str) -> bool:
    """Say whether a name or an IP address leads nowhere but to this machine (RFC 6761 §6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
