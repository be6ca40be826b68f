"""What was never attempted is told from what failed, with the reason."""

from dataclasses import replace

import pytest

from fiberwise.contracts.attempt import STEP_CANCELLED, Failure
from fiberwise.contracts.execution import StepProgress
from fiberwise.contracts.view import PendingStep
from starter.why.calls import calls_of
from starter.why.facts import Facts
from starter.why.reach import cut_off, unreached
from starter.why.troubles import troubles
from tests.unit.starter.why.made import BROKE, earlier, ended, entry, running

FAILED = [entry("ingest", 0, 1, error=BROKE)]
AFTER = ["extract", "transform", "synthesize", "analyze"]


def _told(facts: Facts) -> dict[str, str]:
    calls = calls_of(facts.log, facts.seen.pending)
    return {one.step: one.because for one in unreached(facts, calls, troubles(facts, calls))}


def test_a_step_that_another_one_did_the_work_of_is_not_missed():
    assert list(_told(ended("failed", 1, FAILED))) == AFTER


@pytest.mark.parametrize(
    ("outcome", "because"),
    [
        ("failed", "ingest failed before"),
        ("cancelled", "the run was cancelled before"),
        ("timed_out", "the run ran out of time before"),
    ],
)
def test_the_reason_is_why_the_run_ended(outcome: str, because: str):
    assert set(_told(ended(outcome, 1, FAILED)).values()) == {because}


def test_after_a_fallback_the_reason_is_who_did_the_work():
    facts = ended("fallback", 1, FAILED, produced_by="data-digest")
    assert set(_told(facts).values()) == {"data-digest did the work instead"}


def test_a_run_that_was_ended_from_outside():
    facts = ended("failed", 1, [entry("ingest", 0, 1)], failure=Failure(type="TerminatedError", message="x"))
    assert _told(facts)["extract"] == "the run ended before"


def test_a_running_one_has_not_come_to_it_yet_as_it_says_itself():
    rows = [StepProgress(step="first", state="running"), StepProgress(step="second", state="waiting")]
    pending = [PendingStep(step="first", call=1, attempt=1, state="running")]
    assert _told(running(1, [], pending, steps=rows)) == {"second": "the run has not come to it yet"}


def test_a_step_whose_attempt_was_cancelled_was_cut_off_and_did_not_fail():
    stopped = Failure(type=STEP_CANCELLED, message="the step was cancelled")
    log = [entry("extract", 0, 1, error=BROKE), entry("transform", 0, 1, error=stopped)]
    facts = ended("failed", 1, log)
    assert cut_off(facts, calls_of(facts.log)) == ["transform"]


def test_a_step_that_a_terminated_run_was_at_was_cut_off():
    facts = ended("failed", 1, [])
    seen = facts.seen.model_copy(update={"steps": [StepProgress(step="extract", state="running")]})
    assert cut_off(replace(facts, seen=seen), []) == ["extract"]


def test_a_step_that_the_last_good_run_did_without_is_not_missed():
    good = earlier([entry("generate", 0, 1), entry("extract", 1, 2)])
    log = [entry("generate", 0, 1, error=BROKE)]
    assert list(_told(ended("failed", 1, log, earlier=good))) == ["extract"]
