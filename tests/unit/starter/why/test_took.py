"""Why a run took so long: every ms of its critical path is told once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberwise.contracts.attempt import Attempt, Trail
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.view import PendingStep
from fiberwise.contracts.why import Spent, Took
from starter.why.calls import calls_of
from starter.why.facts import Facts
from starter.why.took import took
from tests.unit.starter.why.made import REFUSED, after, ended, entry, noted, running


def _took(facts: Facts) -> Took:
    return took(facts, calls_of(facts.log, facts.seen.pending))


def _seconds(spent: Spent) -> dict[str, float]:
    """What there is of it, in seconds."""
    found = {name.removesuffix("_ms"): getattr(spent, name) / 1000 for name in Spent.model_fields}
    return {name: round(value, 3) for name, value in found.items() if value}


def test_of_steps_side_by_side_the_run_waits_for_the_one_that_ends_last():
    log = [entry("ingest", 0, 1), entry("extract", 1, 2), entry("transform", 1, 4), entry("synthesize", 4, 5)]
    assert [leg.step for leg in _took(ended("full", 5, log)).path] == ["ingest", "transform", "synthesize"]


def test_quick_steps_side_by_side_are_not_taken_for_one_after_another():
    log = [entry("extract", 1, 1.010), entry("transform", 1, 1.012)]
    assert [leg.step for leg in _took(ended("full", 2, log)).path] == ["transform"]


def test_a_step_that_seems_to_begin_before_the_one_before_it_ended_still_follows_it():
    log = [entry("ingest", 0, 1), entry("extract", 0.95, 2)]
    assert [leg.step for leg in _took(ended("full", 2, log)).path] == ["ingest", "extract"]


def test_a_wait_for_a_worker_is_told_from_the_run():
    assert _seconds(_took(ended("full", 5, [entry("ingest", 3, 5, waited=3)]))) == {"queue": 3, "run": 2}


def test_backing_off_is_the_time_from_a_failure_until_the_next_attempt_may_begin():
    log = [entry("ingest", 0, 1, error=REFUSED), entry("ingest", 6, 7, attempt=2, waited=2)]
    assert _seconds(_took(ended("full", 7, log))) == {"run": 2, "backoff": 3, "queue": 2}


def test_the_time_until_a_dead_worker_was_noticed_is_lost():
    log = [entry("ingest", 0, status="lost"), entry("ingest", 11, 12, attempt=2)]
    assert _seconds(_took(ended("full", 12, log))) == {"lost": 11, "run": 1}


def test_a_pause_within_a_backoff_is_a_persons():
    log = [entry("ingest", 0, 1, error=REFUSED), entry("ingest", 9, 10, attempt=2)]
    facts = ended("full", 10, log, controls=[noted("pause", 2), noted("resume", 8)])
    assert _seconds(_took(facts)) == {"run": 2, "person": 6, "backoff": 2}


def test_a_repair_was_waited_for_since_the_step_failed():
    log = [entry("ingest", 0, 1, error=REFUSED), entry("ingest", 7, 8, attempt=2)]
    facts = ended("full", 8, log, controls=[noted("repair", 7, "ingest")])
    assert _seconds(_took(facts)) == {"run": 2, "person": 6}


def test_an_approval_was_waited_for_since_the_last_step_ended():
    log = [entry("ingest", 0, 1), entry("synthesize", 5, 6)]
    facts = ended("full", 6, log, controls=[noted("approve", 5, "synthesize")])
    assert _seconds(_took(facts)) == {"run": 2, "person": 4}


@pytest.mark.parametrize(
    ("state", "kind"), [("running", "run"), ("scheduled", "queue"), ("paused", "person")]
)
def test_a_run_that_goes_on_is_told_up_to_now(state: str, kind: str):
    one = {"step": "ingest", "call": 1, "attempt": 1, "state": state, "since": after(2)}
    found = _took(running(10, [], [PendingStep.model_validate(one)]))
    assert _seconds(found) == {"other": 2, kind: 8}


def test_a_backoff_that_goes_on_is_told_up_to_now():
    trail = Trail(
        attempts=[Attempt(n=1, scheduled=after(0), started=after(0), ended=after(1), error=REFUSED)]
    )
    one = PendingStep(step="ingest", call=1, attempt=2, state="backing_off", since=after(99), trail=trail)
    assert _seconds(_took(running(10, [], [one]))) == {"run": 1, "backoff": 9}


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.floats(0, 50), st.floats(0, 50), st.floats(0, 5)), max_size=8
    ),
    st.lists(st.floats(0, 60), max_size=4),
)
def test_whatever_the_log_says_the_parts_add_up_to_the_whole(
    attempts: list[tuple[str, float, float, float]], moments: list[float]
):
    log: list[Entry] = [
        entry(step, begun, begun + ran, attempt=n, waited=waited, error=REFUSED if n % 2 else None)
        for n, (step, begun, ran, waited) in enumerate(attempts, 1)
    ]
    kinds = ("pause", "resume") * 2
    controls = [noted(kind, at) for kind, at in zip(kinds, sorted(moments), strict=False)]
    found = _took(ended("full", 60, log, controls=controls))
    assert sum(getattr(found, name) for name in Spent.model_fields) == pytest.approx(found.total_ms, abs=0.1)
