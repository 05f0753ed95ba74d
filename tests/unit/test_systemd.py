"""What systemd is told, and that nobody else is."""

import os
import socket

import pytest

from cuttings.systemd import Manager


@pytest.fixture(params=["file", "abstract"])
def listening(request, tmp_path):
    """Return an open socket of a manager, and what it calls it."""
    name = str(tmp_path / "notify") if request.param == "file" else f"@cuttings-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name.replace("@", "\0"))
        heard.settimeout(2)
        yield heard, name


def test_it_is_told_what_happens_in_its_own_words(listening):
    heard, name = listening
    manager = Manager({"NOTIFY_SOCKET": name})

    manager.ready("two\nlines")
    manager.reloading()
    manager.alive()
    manager.stopping()

    told = [heard.recv(1000).decode() for _ in range(4)]
    assert told[0] == "READY=1\nSTATUS=two lines"
    assert told[1].startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert told[2] == "WATCHDOG=1"
    assert told[3].startswith("STOPPING=1")


@pytest.mark.parametrize("name", ["", "relative", "/nowhere/notify"])
def test_where_nobody_listens_nothing_is_told_and_nothing_fails(name):
    Manager({"NOTIFY_SOCKET": name}).ready("here")


@pytest.mark.parametrize(
    ("environ", "patience"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_its_patience_is_known_where_it_is_meant_for_us(environ, patience):
    assert Manager({"NOTIFY_SOCKET": "/run/notify", **environ}).patience == patience
