"""The ten promises of a place, attacked for as long as patience lasts."""

from hypothesis import HealthCheck, settings

from tests.promises import Promises

Test_the_ten_promises_hold_whatever_happens = Promises.TestCase
Test_the_ten_promises_hold_whatever_happens.settings = settings(
    max_examples=1000, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
