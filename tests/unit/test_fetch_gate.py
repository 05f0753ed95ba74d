"""Which addresses may be connected to."""

import ipaddress

import pytest

from cuttings.fetch.gate import PORTS, Gate, Refused, Unresolved, refusal


class Names:
    """A resolver that says, name by name, one thing after the other; and counts."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        said = self.answers.get(host.partition(".")[0])
        if not said:
            raise OSError("no such name")
        return said.pop(0) if len(said) > 1 else said[0]


def gate(names: Names | None = None, networks: tuple[str, ...] = (), **changes) -> Gate:
    return Gate(networks, PORTS, names or Names(), **changes)


REFUSED = """
    127.0.0.1 127.255.255.255 0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 168.63.129.16 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:8.8.8.8 64:ff9b::7f00:1
    64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1 64:ff9b:1::808:808 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:808:808::
    3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1
"""
PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.1.1
    198.17.255.255 198.20.0.1 223.255.255.255 2606:4700::1111 2001:4860:4860::8888 2a00:1450::1 64:ff9b::808:808
"""


@pytest.mark.parametrize("address", REFUSED.split())
async def test_what_is_not_public_is_refused(address):  # H-1, H-4
    assert refusal(ipaddress.ip_address(address))
    with pytest.raises(Refused):
        await gate().addresses(address, 80)
    with pytest.raises(Refused):
        await gate(Names(evil=[[address]])).addresses("evil.example", 80)


@pytest.mark.parametrize("address", PUBLIC.split())
async def test_what_is_public_passes(address):
    assert await gate().addresses(address, 443) == [address]


async def test_a_name_with_one_refused_address_is_refused_whole():  # H-5
    with pytest.raises(Refused, match="::1"):
        await gate(Names(two=[["8.8.8.8", "::1"]])).addresses("two.example", 80)


async def test_a_name_is_resolved_once_for_each_connection_and_only_judged_addresses_come_out():  # H-6
    names = Names(rebinding=[["8.8.8.8"], ["127.0.0.1"]])
    judge = gate(names)

    assert await judge.addresses("rebinding.example", 80) == ["8.8.8.8"]
    assert names.asked == ["rebinding.example"]
    with pytest.raises(Refused):
        await judge.addresses("rebinding.example", 80)


@pytest.mark.parametrize("port", [22, 25, 6379, 11211, 81])
async def test_other_ports_are_refused(port):  # H-15
    with pytest.raises(Refused, match=str(port)):
        await gate().addresses("8.8.8.8", port)


async def test_networks_of_the_house_are_allowed_on_any_port():
    judge = gate(Names(wiki=[["10.1.2.3"]], mixed=[["10.1.2.3", "8.8.8.8"]], other=[["10.9.0.1"]]), ("10.1.0.0/16",))

    assert await judge.addresses("wiki.example", 6379) == ["10.1.2.3"]
    assert await judge.addresses("10.1.0.1", 22) == ["10.1.0.1"]
    with pytest.raises(Refused):
        await judge.addresses("mixed.example", 6379)
    with pytest.raises(Refused):
        await judge.addresses("other.example", 80)


async def test_a_host_is_ours_once_its_name_led_there():
    judge = gate(Names(wiki=[["10.1.2.3"]], far=[["8.8.8.8"]]), ("10.1.0.0/16",))

    assert judge.is_ours("10.1.2.3")
    assert not judge.is_ours("wiki.example")
    await judge.addresses("wiki.example", 80)
    await judge.addresses("far.example", 80)
    assert judge.is_ours("wiki.example")
    assert not judge.is_ours("far.example")
    assert not gate().is_ours("10.1.2.3")


async def test_a_name_that_left_the_house_is_ours_no_more():
    judge = gate(Names(wiki=[["10.1.2.3"], ["8.8.8.8"]]), ("10.1.0.0/16",))

    await judge.addresses("wiki.example", 80)
    await judge.addresses("wiki.example", 80)

    assert not judge.is_ours("wiki.example")


async def test_the_other_family_is_tried_second():
    judge = gate(Names(two=[["2606:4700::1", "2606:4700::2", "1.1.1.1", "1.0.0.1"]]))

    found = await judge.addresses("two.example", 80)

    assert found == ["2606:4700::1", "1.1.1.1", "2606:4700::2", "1.0.0.1"]


async def test_a_name_that_failed_is_not_asked_again_for_a_minute():
    now, names = [0.0], Names()
    judge = gate(names, monotonic=lambda: now[0])

    for now[0] in (0.0, 30.0, 59.0, 61.0):
        with pytest.raises(Unresolved):
            await judge.addresses("gone.example", 80)

    assert len(names.asked) == 2


async def test_a_name_without_addresses_is_unresolved():
    with pytest.raises(Unresolved):
        await gate(Names(empty=[[]])).addresses("empty.example", 80)


@pytest.mark.parametrize(
    ("own", "url", "refused"),
    [
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("127.0.0.1", "127.0.0.1:9000", False),
        ("127.0.0.1", "127.0.0.2:8080", False),
        ("0.0.0.0", "127.0.0.2:8080", True),
        ("localhost", "[::1]:8080", True),
        ("10.0.0.1", "127.0.0.1:8080", False),
    ],
)
async def test_where_we_listen_ourselves_is_never_asked(own, url, refused):  # H-85
    host, _, port = url.rpartition(":")
    guarded = gate(networks=("127.0.0.0/8", "::1/128"), own=[(own, 8080)])
    asking = guarded.addresses(host.strip("[]"), int(port))

    if not refused:
        assert await asking
        return
    with pytest.raises(Refused, match="where we listen ourselves"):
        await asking
