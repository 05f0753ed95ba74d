"""Tells systemd how the daemon does (Type=notify), in a few lines instead of a library.

Sends datagrams to the local socket that $NOTIFY_SOCKET names, and to nothing
else; without it all of this is silent.
Standards: sd_notify(3), sd_watchdog_enabled(3).
"""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress


class Manager:
    """Who started us, if it wants to hear of us.  What cannot be told is not told."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._socket = environ.get("NOTIFY_SOCKET", "")
        self._watched = _seconds(environ)

    @property
    def patience(self) -> float | None:
        """Return after how many seconds of silence it would kill us, None: never."""
        return self._watched if self._socket else None

    def ready(self, status: str) -> None:
        """We serve; also the end of a reload."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """A new configuration is read."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def status(self, words: str) -> None:
        """Say how it goes, for `systemctl status`."""
        self._tell(f"STATUS={words}")

    def stopping(self) -> None:
        """We are about to end."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def alive(self) -> None:
        """Keep the watchdog quiet."""
        self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if not self._socket.startswith(("/", "@")):
            return
        address = "\0" + self._socket[1:] if self._socket.startswith("@") else self._socket
        message = "\n".join(line.replace("\n", " ") for line in lines).encode()
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as ours:
            ours.setblocking(False)
            ours.sendto(message, address)


def _seconds(environ: Mapping[str, str]) -> float | None:
    """Return the watchdog's patience, where it is meant for this process."""
    written, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not written.isdecimal() or int(written) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(written) / 1e6
