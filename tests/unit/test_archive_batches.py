"""One thread for many tasks."""

import asyncio
import threading

import pytest

from cuttings.archive.batches import Batches


class Noted:
    """A handler that notes its batches, and waits for the gate before each."""

    def __init__(self) -> None:
        self.batches: list[list[object]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    def __call__(self, jobs) -> None:
        self.begun.set()
        self.gate.wait()
        self.batches.append([job.work for job in jobs])
        for job in jobs:
            if isinstance(job.work, Exception):
                job.error = job.work
            else:
                job.result = job.work


@pytest.fixture
def noted():
    return Noted()


async def test_each_gets_its_own_answer(noted):
    batches = Batches("test", noted)

    answers = await asyncio.gather(*(batches.do(n) for n in range(50)))

    assert answers == list(range(50))
    await batches.close()


async def test_what_waits_while_one_runs_is_done_together(noted):
    batches = Batches("test", noted)
    noted.gate.clear()
    first = asyncio.create_task(batches.do("first"))
    await asyncio.to_thread(noted.begun.wait)
    rest = [asyncio.create_task(batches.do(n)) for n in range(20)]
    await asyncio.sleep(0)
    noted.gate.set()
    await asyncio.gather(first, *rest)

    assert noted.batches == [["first"], list(range(20))]
    await batches.close()


async def test_an_error_goes_to_who_caused_it(noted):
    batches = Batches("test", noted)

    answers = await asyncio.gather(batches.do(1), batches.do(KeyError("x")), batches.do(2), return_exceptions=True)

    assert (answers[0], type(answers[1]), answers[2]) == (1, KeyError, 2)
    await batches.close()


async def test_a_handler_that_fails_leaves_nobody_waiting():
    def broken(jobs) -> None:
        raise RuntimeError("broken")

    batches = Batches("test", broken)

    for _ in range(2):
        with pytest.raises(RuntimeError):
            await batches.do(1)
    await batches.close()


async def test_who_gave_up_waiting_disturbs_nobody(noted):
    batches = Batches("test", noted)
    noted.gate.clear()
    impatient = asyncio.create_task(batches.do("impatient"))
    await asyncio.to_thread(noted.begun.wait)
    impatient.cancel()
    patient = asyncio.create_task(batches.do("patient"))
    noted.gate.set()

    assert await patient == "patient"
    await batches.close()


async def test_the_patient_wait_for_company_and_the_impatient_end_it(noted):
    batches = Batches("test", noted, linger=60)
    patient = [asyncio.create_task(batches.do(n, patient=True)) for n in range(3)]
    await asyncio.sleep(0)

    assert await asyncio.wait_for(batches.do("now"), 5) == "now"
    await asyncio.gather(*patient)

    assert noted.batches == [[0, 1, 2, "now"]]
    await batches.close()


async def test_closing_does_what_still_waits(noted):
    batches = Batches("test", noted, linger=60)
    waiting = asyncio.create_task(batches.do("last", patient=True))
    await asyncio.sleep(0)

    await batches.close()

    assert await waiting == "last"
