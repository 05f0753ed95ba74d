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
