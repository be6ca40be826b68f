"""Entries are made from what history holds, lost attempts included."""

from datetime import UTC, datetime, timedelta

from fiberwise.contracts.attempt import Attempt, Failure, Trail
from fiberwise.contracts.payload import Payload
from fiberwise.pipeline.log import Call, ExecutionLog

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CALL = Call("extract", "DataProcessorAgent.extract", 1, Payload())
ERROR = Failure(type="ValueError", message="no")


def _attempt(n: int, error: Failure | None = None, ended: bool = True) -> Attempt:
    return Attempt(n=n, started=NOON, ended=NOON + timedelta(seconds=n) if ended else None, error=error)


def test_each_attempt_is_an_entry_and_the_last_is_completed():
    log = ExecutionLog()
    log.completed(CALL, Trail(attempts=[_attempt(1, ERROR), _attempt(2)]), Payload())
    assert [(entry.seq, entry.attempt, entry.status) for entry in log.entries] == [
        (1, 1, "failed"),
        (2, 2, "completed"),
    ]
    assert log.entries[1].duration_ms == 2000


def test_an_attempt_whose_result_was_kept_by_an_earlier_run_is_cached_and_says_from_where():
    log = ExecutionLog()
    taken = _attempt(1).model_copy(update={"cache": "hit, from execution 1"})
    log.completed(CALL, Trail(attempts=[taken]), Payload())
    assert [(entry.status, entry.cache) for entry in log.entries] == [("cached", "hit, from execution 1")]


def test_an_attempt_that_never_ended_and_one_that_never_spoke_are_lost():
    log = ExecutionLog()
    log.completed(CALL, Trail(attempts=[_attempt(2, ended=False), _attempt(3)]), Payload())
    assert [(entry.attempt, entry.status) for entry in log.entries] == [
        (1, "lost"),
        (2, "lost"),
        (3, "completed"),
    ]
    assert log.entries[0].started_at is None
    assert log.entries[1].started_at == NOON
    assert log.entries[1].error is not None


def test_attempts_left_out_for_size_are_not_called_lost():
    trail = Trail(attempts=[_attempt(n, ERROR) for n in (*range(1, 11), *range(16, 26))], omitted=5)
    log = ExecutionLog()
    log.failed(CALL, trail, ERROR)
    assert {entry.status for entry in log.entries} == {"failed"}


def test_a_call_that_nobody_reported_on_leaves_one_entry_that_says_why():
    log = ExecutionLog()
    log.failed(CALL, Trail(), ERROR)
    [entry] = log.entries
    assert (entry.status, entry.error) == ("failed", ERROR)


def test_a_trail_keeps_the_first_and_the_last_ten():
    trail = Trail()
    for n in range(1, 31):
        trail = trail.adding(_attempt(n, ERROR))
    assert [attempt.n for attempt in trail.attempts] == [*range(1, 11), *range(21, 31)]
    assert trail.omitted == 10
