"""Which WebSub hubs tell of what we publish: our own, those of others, or none.

Pure.  `auto` is our own where readers elsewhere can reach us at all: a hub
that nobody can ask is a promise broken in each document.
"""

import ipaddress
from collections.abc import Sequence

from cuttings.text import urls

OWN, AUTO, OFF = "own", "auto", "off"
PATH = "hub"  # below site.url
LOCAL = ("localhost", "local", "lan", "internal", "intranet", "home", "corp", "home.arpa", "test", "invalid")


def hubs(wanted: Sequence[str], site_url: str) -> tuple[str, ...]:
    """Return the addresses that documents name; `wanted` are the values of the key, `site_url` ends in a slash."""
    own = f"{site_url}{PATH}"
    if list(wanted) == [AUTO]:
        return (own,) if is_reached_from_elsewhere(site_url) else ()
    return tuple(dict.fromkeys(own if one == OWN else one for one in wanted if one != OFF))


def is_reached_from_elsewhere(url: str) -> bool:
    """Tell whether an address has a host that is not of one machine or one house alone, as far as its name says."""
    host = urls.parse(url).host
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not f".{host}".endswith(tuple(f".{name}" for name in LOCAL))
