"""What a disk may hold after the power failed: our own runs recorded call by call, and cut off anywhere.

A write that was not synced may be there, be missing, or be torn.  What was
done to the names of a folder lasts from the folder's next fsync on; of what was done
since, only the beginning may be there.  (After "All File Systems Are Not
Created Equal", OSDI 2014; stricter than ext4 is.)
"""

import os
import random
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CALLS = (
    "openat,write,pwrite64,fsync,fdatasync,ftruncate,utimensat,"
    "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir"
)
SECTOR = 512

_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)(?:<((?:\\x[0-9a-f]{2})*)>)?")
_TEXT = r"((?:\\x[0-9a-f]{2})*)"
_ON_FILE = re.compile(rf"(\d+)<{_TEXT}>(?:, )?(.*)", re.DOTALL)
_STRING = re.compile(rf'"{_TEXT}"')
_TIME = re.compile(r"tv_sec=(\d+)[^,]*, tv_nsec=(\d+)")


@dataclass(frozen=True, slots=True)
class Call:
    """One call to the system: what it did, to which path, with what."""

    name: str
    path: str
    data: bytes = b""
    number: int = 0  # an offset, a length, or a descriptor
    other: str = ""  # a second path


def recorded(command: Sequence[str], folder: Path, trace: Path) -> Iterator[Call]:
    """Run a command to its end, and yield what it did to the disk, and what it said on stdout."""
    options = ["-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000", "-qq", "-o", str(trace), "-e", f"trace={CALLS}"]
    subprocess.run(["strace", *options, *command], cwd=folder, check=True, capture_output=True, timeout=120)
    here = "".join(f"\\x{byte:02x}" for byte in os.fsencode(folder))
    begun: dict[str, str] = {}
    with trace.open(encoding="ascii") as lines:
        for line in lines:
            pid, _, text = line.partition(" ")
            text = text.strip()
            if text.endswith("<unfinished ...>"):
                begun[pid] = text.removesuffix("<unfinished ...>")
                continue
            if text.startswith("<... "):
                text = begun.pop(pid, "") + text.partition(" resumed>")[2]
            if here not in text and not text.startswith("write(1<"):
                continue
            match = _CALL.match(text)
            if match and int(match[3]) >= 0:
                yield from _call(match[1], match[2], int(match[3]), _decoded(match[4] or ""))


def _call(name: str, arguments: str, result: int, opened: str) -> Iterator[Call]:
    strings = [_decoded(text) for text in _STRING.findall(arguments)]
    on_file = _ON_FILE.match(arguments)
    if name == "openat":
        if "O_CREAT" in arguments or "O_TRUNC" in arguments:
            yield Call("create", opened, number=int("O_TRUNC" in arguments))
    elif name in {"rename", "renameat", "renameat2"}:
        yield Call("rename", strings[0], other=strings[1])
    elif name in {"unlink", "unlinkat", "mkdir", "mkdirat", "rmdir"}:
        yield Call(name.removesuffix("at"), strings[0])
    elif on_file:
        descriptor, path, rest = int(on_file[1]), _decoded(on_file[2]), on_file[3]
        data = bytes.fromhex("".join(_STRING.findall(rest)).replace("\\x", ""))
        if name == "write":
            yield Call("say" if descriptor == 1 else "append", path, data[:result])
        elif name == "pwrite64":
            yield Call("write", path, data[:result], int(rest.rpartition(", ")[2]))
        elif name == "ftruncate":
            yield Call("truncate", path, number=int(rest))
        elif name in {"fsync", "fdatasync"}:
            yield Call("sync", path)
        elif name == "utimensat":
            seconds, nanoseconds = _TIME.findall(rest)[-1]
            yield Call("time", path, number=int(seconds) * 10**9 + int(nanoseconds))


def _decoded(text: str) -> str:
    return bytes.fromhex(text.replace("\\x", "")).decode("utf-8", "surrogateescape")


@dataclass
class File:
    """A file's bytes, as they last for certain, and what was done to them since."""

    body: bytearray = field(default_factory=bytearray)
    time: int = 0
    pending: list[Call] = field(default_factory=list)
    size: int = 0  # with what is pending

    def did(self, call: Call) -> None:
        if call.name == "append":
            call = Call("write", call.path, call.data, self.size)
        if call.name == "write":
            self.size = max(self.size, call.number + len(call.data))
        elif call.name == "truncate":
            self.size = call.number
        self.pending.append(call)

    def sync(self) -> None:
        self.apply(self.pending)
        self.pending = []

    def apply(self, calls: Sequence[Call]) -> None:
        for call in calls:
            if call.name == "truncate":
                del self.body[call.number :]
                self.body.extend(bytes(call.number - len(self.body)))
            elif call.name == "time":
                self.time = call.number
            else:
                self.body.extend(bytes(max(0, call.number - len(self.body))))
                self.body[call.number : call.number + len(call.data)] = call.data

    def after_a_crash(self, chance: random.Random, share: float) -> "File":
        survived = []
        for call in self.pending:
            if chance.random() < share:
                torn = call.name == "write" and len(call.data) > SECTOR and chance.random() < 0.2
                kept = chance.randrange(0, len(call.data), SECTOR) if torn else len(call.data)
                survived.append(Call(call.name, call.path, call.data[:kept], call.number))
        after = File(bytearray(self.body), self.time)
        after.apply(survived)
        return after


class Disk:
    """All files below a folder, while calls are done to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.lasting: dict[str, File | None] = {}  # by path; None is a folder
        self.now: dict[str, File | None] = {self.folder: None}
        self.moves: list[tuple[str, Call, File | None]] = []  # what was done to names since, by folder

    def does(self, call: Call) -> None:
        """Take in a call."""
        file = self.now.get(call.path)
        if not f"{call.path}/".startswith(f"{self.folder}/"):
            return
        match call.name:
            case "create":
                if call.path not in self.now:
                    self._move(call, File())
                elif call.number and file is not None:
                    file.did(Call("truncate", call.path))
            case "mkdir" | "unlink" | "rmdir" | "rename":
                self._move(call, self.now.get(call.path))
            case "sync" if call.path in self.now and file is None:
                self._sync(call.path)
            case "append" | "write" | "truncate" | "time" if file is not None:
                file.did(call)
            case "sync" if file is not None:
                file.sync()

    def after_a_crash(self, chance: random.Random, share: float, target: Path) -> None:
        """Write down what may be there if the power fails now; of what is not synced about this share survives."""
        names = dict(self.lasting)
        cut: set[str] = set()
        for folder, call, file in self.moves:
            if chance.random() > share:
                cut.add(folder)
            if folder not in cut:
                _moved(names, call, file)
        there_are = {self.folder}
        for path in sorted(names):
            if str(Path(path).parent) not in there_are:
                continue
            there_are.add(path)
            file = names[path]
            there = target / os.path.relpath(path, self.folder)
            if file is None:
                there.mkdir(parents=True, exist_ok=True)
            else:
                after = file.after_a_crash(chance, share)
                there.write_bytes(after.body)
                os.utime(there, ns=(after.time, after.time))

    def _move(self, call: Call, file: File | None) -> None:
        _moved(self.now, call, file)
        self.moves.append((str(Path(call.path).parent), call, file))

    def _sync(self, folder: str) -> None:
        for where, call, file in self.moves:
            if where == folder:
                _moved(self.lasting, call, file)
        self.moves = [move for move in self.moves if move[0] != folder]


def _moved(names: dict[str, File | None], call: Call, file: File | None) -> None:
    if call.name == "create":
        names[call.path] = file
    elif call.name == "mkdir":
        names.setdefault(call.path, None)
    elif call.name == "rename":
        names.pop(call.path, None)
        names[call.other] = file
    else:
        names.pop(call.path, None)
