"""The gate: which addresses a connection may be made to.

A name is resolved once and all its addresses are judged; the caller connects
to one of these, literally, so there is no second look-up that could say
something else.  Opens nothing itself: the resolver is an argument.

Serves THREATS 1.1 (S2-S4, S7), H-1 … H-7, H-15, H-17, H-85.
Standards: RFC 6890 and the IANA special-purpose registries.
"""

import ipaddress
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import lru_cache

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Gives all addresses of a name.  Raises OSError where there are none."""

PORTS = (80, 443, 8080, 8443)
MEMORY = 60.0  # seconds that a name's failure is remembered
MEMORIES = 10_000  # names; then all is forgotten

# The IANA registries' blocks that are not for everybody, 6to4's relay anycast, and Azure's metadata host.
REFUSED_IPV4 = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
    198.51.100.0/24 203.0.113.0/24 224.0.0.0/3
"""
# Only 2000::/3 is handed out to networks; of it not: Teredo and protocol blocks, documentation, 6to4, AS112.
HANDED_OUT = ipaddress.IPv6Network("2000::/3")
REFUSED_IPV6 = "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # how networks without IPv4 reach it: the address inside decides

_REFUSED4 = [(int(net[0]), int(net[-1])) for net in map(ipaddress.IPv4Network, REFUSED_IPV4.split())]
_REFUSED6 = [ipaddress.IPv6Network(net) for net in REFUSED_IPV6.split()]


class Refused(httpx.ConnectError):
    """The gate says no; nothing was sent."""


class Unresolved(httpx.ConnectError):
    """The name has no address, or nobody could tell."""


class Gate:
    """Decides which addresses may be connected to.

    Public ones on `allow_ports`; those in `allow_networks` (CIDRs) on any
    port.  A name with one refused address is refused whole (H-5).  Where we
    listen ourselves (`own`, host and port) nothing is to be fetched (H-85).
    """

    def __init__(
        self,
        allow_networks: Iterable[str],
        allow_ports: Iterable[int],
        resolve: Resolve,
        monotonic: Callable[[], float] = time.monotonic,
        own: Collection[tuple[str, int]] = (),
    ) -> None:
        self._own = [(_literal(host), port) for host, port in own]
        self._ours = tuple(ipaddress.ip_network(network) for network in allow_networks)
        self._ports = frozenset(allow_ports)
        self._resolve = resolve
        self._monotonic = monotonic
        self._unresolved: dict[str, float] = {}
        self._names_of_ours: set[str] = set()

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Return the literal addresses that a connection may be made to; raises Refused or Unresolved."""
        literal = _literal(host)
        addresses = [literal] if literal else await self._looked_up(host)
        ours = all(self._is_ours(address) for address in addresses)
        for address in addresses:
            reason = None if self._is_ours(address) else refusal(address)
            if reason:
                raise Refused(f"{host} is not public: {reason}")
            if any(port == own and _is_there(address, listening) for listening, own in self._own):
                raise Refused(f"{host} port {port} is where we listen ourselves")
        if not ours and port not in self._ports:
            raise Refused(f"port {port} is not among fetch.allow_ports")
        if not literal:
            (self._names_of_ours.add if ours else self._names_of_ours.discard)(host)
        return [str(address) for address in _alternating(addresses)]

    def is_ours(self, host: str) -> bool:
        """Tell whether a host is in `allow_networks`, as far as its name was looked up."""
        if not self._ours:
            return False
        literal = _literal(host)
        return self._is_ours(literal) if literal else host in self._names_of_ours

    def _is_ours(self, address: Address) -> bool:
        return any(address in network for network in self._ours)

    async def _looked_up(self, host: str) -> list[Address]:
        if self._unresolved.get(host, 0.0) > self._monotonic():
            raise Unresolved(f"the name {host} was not found a moment ago")
        try:
            found = [ipaddress.ip_address(text) for text in await self._resolve(host)]
        except (OSError, ValueError) as error:
            self._remember(host)
            raise Unresolved(f"the name {host} was not found") from error
        if not found:
            self._remember(host)
            raise Unresolved(f"the name {host} has no address")
        return list(dict.fromkeys(found))

    def _remember(self, host: str) -> None:
        if len(self._unresolved) >= MEMORIES:
            self._unresolved.clear()
        self._unresolved[host] = self._monotonic() + MEMORY


def refusal(address: Address) -> str | None:
    """Return why an address is not for the public, None: it is."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return refusal(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.scope_id is None and address in HANDED_OUT and not any(address in net for net in _REFUSED6):
            return None
        return f"{address} is of a special-purpose block"
    number = int(address)
    refused = any(first <= number <= last for first, last in _REFUSED4)
    return f"{address} is of a special-purpose block" if refused else None


@lru_cache(maxsize=4096)
def _literal(host: str) -> Address | None:
    """The address that a host is; `text.urls` leaves no other notation than these two."""
    if ":" not in host and not host[-1:].isdigit():
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_there(address: Address, listening: Address | None) -> bool:
    """Tell whether a connection to an address ends where somebody listens; None, a name, is one of this machine."""
    return address.is_loopback if listening is None or listening.is_unspecified else address == listening


def _alternating(addresses: Sequence[Address]) -> list[Address]:
    """The resolver's order, but the other family second: one that is broken must not cost all tries."""
    first = addresses[0].version
    same = [address for address in addresses if address.version == first]
    other = [address for address in addresses if address.version != first]
    return same[:1] + other[:1] + same[1:] + other[1:]
