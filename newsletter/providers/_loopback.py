"""Whether a host is this machine itself: only to that one does a secret travel in the clear."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Say whether a name or an IP address leads nowhere but to this machine (RFC 6761 §6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
