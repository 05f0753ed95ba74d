"""The ten promises of a feed's history hold, whatever happens and wherever a process is killed."""

from hypothesis import HealthCheck, settings

from tests.promises import Promises

TestPromises = Promises.TestCase
TestPromises.settings = settings(
    max_examples=40,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,  # the same histories at each run; tests/long draws new ones
    suppress_health_check=list(HealthCheck),
)


def test_an_announcement_that_waits_for_room_waits_for_the_next_arrival_not_for_the_next_publish():
    machine = Promises()
    machine.start(policy="announce", duplicates="collapse", size=1)
    machine.burst(dated=False, kill=None, more=0, of=0)
    machine.burst(dated=False, kill=0, more=0, of=0)

    machine.edit(index=0, kill=None, word=0)  # publishes once more without news: nothing may change

    machine.teardown()


def test_articles_stand_when_documents_do_even_if_a_repair_was_killed():
    machine = Promises()
    machine.start(policy="update", duplicates="collapse", size=2)
    machine.configure(change={"content": "full"}, feed="f", kill=None)
    machine.twin(guid=0, kill=None, of=0)
    machine.all_files_are_deleted(kill=2)

    machine.clock_goes_back(kill=None)

    machine.teardown()
