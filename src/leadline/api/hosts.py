"""What a Host header names."""

import ipaddress
import re


def host_of(header: str) -> str:
    """Return the name in a Host header, without its port."""
    found = re.fullmatch(r"\[([^]]*)\](?::\d*)?|([^:]*)(?::\d*)?", header)
    return (found[1] or found[2] or "" if found else header).lower()


def is_loopback(host: str) -> bool:
    """Tell whether a name is this machine's own, whoever resolves it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
