"""A task that goes wrong costs itself, and nothing else."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cuttings.errors import ParseError
from cuttings.model.capture import Document
from cuttings.sandbox import ProcessSandbox

HERE = "tests.unit.test_sandbox"
DOCUMENT = Document(body=b"", url="https://daily.example/feed.xml")


def length_of(text: str) -> int:
    return len(text)


def unreadable(document: Document) -> None:
    raise ParseError(document.url, "a PDF")


class Unpicklable(Exception):
    def __init__(self, one: int, two: int) -> None:
        self.lock = open(os.devnull)  # noqa: PTH123, SIM115
        super().__init__("strange")


def strange(document: Document) -> None:
    raise Unpicklable(1, 2)


def hungry(document: Document) -> int:
    return len(bytearray(2 << 30))


def hang(document: Document) -> None:
    while True:
        pass


def wait(document: Document) -> None:
    signal.pause()


def linger(seconds: float) -> str:
    signal.sigtimedwait([], seconds)  # as a task that others keep from the processor
    return "there at last"


def die(document: Document) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def process() -> int:
    return os.getpid()


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[ProcessSandbox]:
    async with ProcessSandbox(workers=1) as running:
        yield running


async def test_a_function_is_run_by_its_name_in_another_process(sandbox):
    assert await sandbox.run(f"{HERE}:length_of", "tides") == 5
    assert await sandbox.run(f"{HERE}:process") != os.getpid()


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        ("unreadable", "a PDF"),
        ("strange", "our reader failed on it: tests.unit.test_sandbox.Unpicklable: strange"),
        ("hungry", "reading it takes more than 512 MiB"),
        ("die", "the process that read it died (SIGKILL)"),
        ("nowhere", "our reader failed on it: AttributeError"),
    ],
)
async def test_a_task_that_fails_is_a_document_that_cannot_be_read_and_the_next_is_read(sandbox, function, problem):
    with pytest.raises(ParseError) as caught:
        await sandbox.run(f"{HERE}:{function}", DOCUMENT)

    assert caught.value.url == DOCUMENT.url
    assert caught.value.problem.startswith(problem)
    assert await sandbox.run(f"{HERE}:length_of", "tides") == 5


async def test_a_task_that_never_ends_is_ended():
    async with ProcessSandbox(workers=1, seconds=0.5) as sandbox:
        with pytest.raises(ParseError, match=r"reading it took longer than 0\.5 s of the processor"):
            await sandbox.run(f"{HERE}:hang", DOCUMENT)


async def test_a_task_that_waits_for_ever_is_ended_by_the_clock():
    async with ProcessSandbox(workers=1, seconds=0.3) as sandbox:
        with pytest.raises(ParseError, match=r"reading it took longer than 1\.8 s"):
            await sandbox.run(f"{HERE}:wait", DOCUMENT)


async def test_a_task_that_gets_little_of_a_busy_machine_is_not_ended():
    async with ProcessSandbox(workers=1, seconds=1) as sandbox:
        assert await sandbox.run(f"{HERE}:linger", 1.5) == "there at last"


async def test_a_worker_that_holds_much_memory_makes_room_for_a_fresh_one(sandbox):
    grown = await sandbox.run(f"{HERE}:keep", 350 << 20)

    assert await sandbox.run(f"{HERE}:process") != grown


KEPT: list[bytearray] = []


def keep(size: int) -> int:
    KEPT.append(bytearray(size))
    return os.getpid()


async def test_a_worker_that_dies_takes_no_other_task_with_it():
    async with ProcessSandbox(workers=2) as sandbox:
        tasks = [sandbox.run(f"{HERE}:{name}", DOCUMENT) for name in ("die", "process_of", "die", "process_of")]
        results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [isinstance(result, int) for result in results] == [False, True, False, True]


def process_of(document: Document) -> int:
    return os.getpid()


async def test_workers_end_with_their_parent_even_after_kill_9():
    program = f"""
import asyncio
from cuttings.sandbox import ProcessSandbox
async def main():
    async with ProcessSandbox(workers=1) as sandbox:
        print(await sandbox.run("{HERE}:process"), flush=True)
        await asyncio.sleep(60)
if __name__ == "__main__":
    asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=root)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())

    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert await _ends(worker)


async def _ends(process: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{process}/stat").read_text().split()[2] == "Z":
            return True
        await asyncio.sleep(0.02)
    return False
