"""Attempts that ended and attempts under way make one list for each call."""

from fiberwise.contracts.attempt import Attempt, Trail
from fiberwise.contracts.view import PendingStep
from starter.why.calls import calls_of
from tests.unit.starter.why.made import REFUSED, after, entry


def _pending(attempt: int, state: str = "running", trail: Trail = Trail(), **more: object) -> PendingStep:
    fields = {"step": "extract", "call": 1, "attempt": attempt, "state": state, "trail": trail}
    return PendingStep.model_validate(fields | more)


def _told(pending: PendingStep, *log: object) -> list[tuple[int, str]]:
    [call] = calls_of(log, [pending])  # type: ignore[arg-type]
    return [(one.attempt, one.status) for one in call.tries]


def test_attempts_that_only_heartbeats_tell_of_come_before_the_one_under_way():
    done = Attempt(n=1, started=after(1), ended=after(2), error=REFUSED)
    trail = Trail(attempts=[done, Attempt(n=2, started=after(4))])
    assert _told(_pending(2, trail=trail)) == [(1, "failed"), (2, "running")]


def test_a_number_that_is_missing_is_an_attempt_that_was_lost():
    trail = Trail(attempts=[Attempt(n=2, started=after(1), ended=after(2), error=REFUSED)])
    assert _told(_pending(3, "backing_off", trail)) == [(1, "lost"), (2, "failed"), (3, "backing_off")]


def test_an_attempt_that_began_and_never_ended_was_lost():
    trail = Trail(attempts=[Attempt(n=1, started=after(1))])
    assert _told(_pending(2, "scheduled", trail)) == [(1, "lost"), (2, "scheduled")]


def test_attempts_count_on_over_an_earlier_round():
    before = [
        entry("extract", 1, 2, attempt=1, error=REFUSED),
        entry("extract", 3, 4, attempt=2, error=REFUSED),
    ]
    assert _told(_pending(1), *before) == [(1, "failed"), (2, "failed"), (3, "running")]


def test_of_the_last_attempt_that_told_nothing_the_server_says_why():
    [call] = calls_of([], [_pending(2, "backing_off", last_failure="activity Heartbeat timeout")])
    assert call.tries[0].error
    assert call.tries[0].error.message == "activity Heartbeat timeout"


def test_calls_of_one_step_are_told_apart():
    calls = calls_of([entry("digest", 1, 2), entry("digest", 3, 4, call=2)])
    assert [(call.step, call.number) for call in calls] == [("digest", 1), ("digest", 2)]
