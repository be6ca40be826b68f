"""The first cause, and every attempt that history still shows."""

from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.exceptions import ActivityError, RetryState, TimeoutError, TimeoutType

from fiberwise.contracts.attempt import Attempt, Failure, Trail
from fiberwise.pipeline.failure import failure_of, trail_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FAILED = Attempt(n=1, started=NOON, ended=NOON, error=Failure(type="ValueError", message="no"))
RUNNING = Attempt(n=2, started=NOON)


def _timed_out(kind: TimeoutType, *attempts: Attempt) -> ActivityError:
    details: list[Any] = [Trail(attempts=list(attempts)).model_dump(mode="json")] if attempts else []
    error = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="a",
        activity_id="a#1.1",
        retry_state=RetryState.MAXIMUM_ATTEMPTS_REACHED,
    )
    error.__cause__ = TimeoutError("timed out", type=kind, last_heartbeat_details=details)
    return error


@pytest.mark.parametrize("kind", [TimeoutType.HEARTBEAT, TimeoutType.START_TO_CLOSE])
def test_a_last_attempt_that_died_before_its_first_beat_is_kept_and_is_the_cause(kind: TimeoutType):
    error = _timed_out(kind, FAILED)
    assert [(one.n, one.ended) for one in trail_of(error).attempts] == [(1, NOON), (2, None)]
    failure = failure_of(error, "extract")
    assert (failure.type, failure.attempt, failure.step) == (f"Timeout.{kind.name}", 2, "extract")


def test_an_attempt_that_had_told_of_itself_is_not_counted_twice():
    error = _timed_out(TimeoutType.HEARTBEAT, FAILED, RUNNING)
    assert [one.n for one in trail_of(error).attempts] == [1, 2]


def test_the_time_for_all_attempts_may_run_out_between_two_and_the_last_error_is_then_the_cause():
    error = _timed_out(TimeoutType.SCHEDULE_TO_CLOSE, FAILED)
    assert [one.n for one in trail_of(error).attempts] == [1]
    assert failure_of(error, "extract").type == "ValueError"
