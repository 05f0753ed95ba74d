"""Attacks on the egress: addresses that must not be reached, and the ways to write, resolve or redirect to them.

The blocks are written down here once more, from the IANA registries and the
metadata hosts of clouds, so that the gate is not its own witness.
"""

import ipaddress
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_BLOCKS = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    168.63.129.16/32 100.100.100.200/32
    ::/128 ::1/128 ::/96 ::ffff:0:0/96 64:ff9b:1::/48 100::/64 2001::/32 2001:2::/48 2001:10::/28 2001:db8::/32
    2002::/16 3fff::/20 5f00::/16 fc00::/7 fd00:ec2::254/128 fe80::/10 fec0::/10 ff00::/8
"""
REFUSED = [ipaddress.ip_network(block) for block in _BLOCKS.split()]
PUBLIC = ["93.184.216.34", "1.1.1.1", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001:830::200e"]
FRONT = PUBLIC[0]  # whose server redirects wherever it is told
PORTS = (80, 443, 8080, 8443)
OTHER_PORTS = (1, 22, 23, 25, 110, 2375, 3306, 5432, 6379, 8000, 9200, 11211, 27017)


@dataclass(frozen=True, slots=True)
class Attack:
    """A URL that leads nowhere good; `answers` is what its name resolves to, at the first look-up and at later ones."""

    url: str
    answers: Sequence[Sequence[str]] = ()


def all_attacks(seed: int = 1) -> list[Attack]:
    """Return more than two thousand, the same for the same seed."""
    chance = random.Random(seed)
    targets = [address for block in REFUSED for address in _some_of(block, chance)]
    found = [Attack(f"{chance.choice(('http', 'https'))}://{host}/") for target in targets for host in _written(target)]
    found += _odd_urls()
    found += _by_name(targets, chance)
    found += _by_redirect(targets, chance)
    found += [Attack(f"http://{host}:{port}/") for host in ("1.1.1.1", "[2606:4700::1111]") for port in OTHER_PORTS]
    return found


def _some_of(block: ipaddress.IPv4Network | ipaddress.IPv6Network, chance: random.Random) -> Iterator[Address]:
    """The first, the last, and some between."""
    size = block.num_addresses
    yield from dict.fromkeys([block[0], block[-1], *(block[chance.randrange(size)] for _ in range(6))])


def _written(address: Address) -> Iterator[str]:
    """The ways to write an address as a host."""
    if isinstance(address, ipaddress.IPv6Address):
        yield f"[{address.compressed}]"
        yield f"[{address.exploded}]"
        yield f"[{address.compressed}%25lo]"
        return
    number, (a, b, c, d) = int(address), address.packed
    yield str(address)
    yield f"{address}."
    yield from (str(number), hex(number), f"0{number:o}")
    yield from (f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"{a}.{(b << 16) + (c << 8) + d}")
    yield str(address).translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"})
    yield str(address).replace(".", "。")
    yield f"[::ffff:{address}]"
    yield f"[::{address}]"
    yield f"[64:ff9b::{address}]"
    yield f"[64:ff9b:1::{address}]"
    yield f"[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1]"
    yield f"[2001:0:{a:02x}{b:02x}:{c:02x}{d:02x}::]"


def _odd_urls() -> Iterator[Attack]:
    """What two parsers read in two ways."""
    for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]"):
        for template in (
            "http://example.com\\@{}/",
            "http://{}\\@example.com/",
            "http://example.com@{}/",
            "http://example.com:80@{}/",
            "http://{}#@example.com/",
            "http://{}?@example.com/",
            "http://{}\t/",
            "ht\ntp://{}/",
            "http:// {}/",
            "http:///{}/",
            "http:/{}/",
            "http:{}/",
            "//{}/",
            "http://{}%00.example.com/",
            "http://{}%2eexample.com/",
            "http://example.com%40{}/",
            "http://[{}]/",
            "http://{}:80:80/",
            "http://{}:0/",
            "http://{}:65616/",
            "gopher://{}:80/_GET",
            "ftp://{}/",
            "file://{}/etc/passwd",
            "dict://{}:80/",
            "ws://{}/",
            "unix://{}/",
        ):
            yield Attack(template.format(host))
    for url in (
        "http://localhost/",
        "http://localhost./",
        "http://LOCALHOST/",
        "http://①②⑦.⓪.⓪.①/",
        "http://ⓛocalhost/",
    ):
        yield Attack(url)
    yield from map(Attack, ("http:///", "http://", "", "http://a..b/", "http://.a/", f"http://{'a' * 300}.example/"))


def _by_name(targets: Sequence[Address], chance: random.Random) -> Iterator[Attack]:
    """Resolvers that lie: a refused address alone, beside public ones, at the second look."""
    for number, target in enumerate(targets):
        refused, public = str(target), chance.choice(PUBLIC)
        for kind, answers in (
            ("alone", [[refused]]),
            ("first", [[refused, public]]),
            ("last", [[public, *PUBLIC, refused]]),
            ("nonsense", [[refused, "nonsense"]]),
        ):
            yield Attack(f"http://{kind}-{number}.attack.example/", answers)
        yield Attack(f"http://flip-{number}.attack.example/again", [[public], [refused], [public]])


def _by_redirect(targets: Sequence[Address], chance: random.Random) -> Iterator[Attack]:
    """Public servers that lead astray."""
    statuses = (301, 302, 303, 307, 308)
    for number, target in enumerate(targets):
        host = chance.choice(list(_written(target)))
        for location in (f"http://{host}/", f"//{host}:8080/latest/meta-data/", f"http:\\\\u:p@{host}\\"):
            yield Attack(f"http://{FRONT}/{chance.choice(statuses)}/{location.encode().hex()}")
        name = f"redirected-{number}.attack.example"
        yield Attack(f"http://{FRONT}/302/{f'http://{name}/'.encode().hex()}", [[str(target)]])
    for scheme in ("file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ftp://127.0.0.1/", "data:text/xml,<rss/>"):
        yield from (Attack(f"http://{FRONT}/{status}/{scheme.encode().hex()}") for status in statuses)
