"""What went wrong, the first cause first, and what came of it."""

from fiberwise.contracts.attempt import STEP_CANCELLED, Failure
from fiberwise.contracts.why import Trouble
from starter.why.calls import calls_of
from starter.why.facts import Facts
from starter.why.troubles import troubles
from tests.unit.starter.why.made import BROKE, REFUSED, ended, entry, running

CUT_OFF = Failure(type=STEP_CANCELLED, message="the step was cancelled")


def _told(facts: Facts) -> list[Trouble]:
    return troubles(facts, calls_of(facts.log, facts.seen.pending))


def test_what_failed_for_good_comes_before_what_another_attempt_made_good_for():
    log = [
        entry("ingest", 0, 1, error=REFUSED),
        entry("ingest", 2, 3, attempt=2),
        entry("extract", 3, 4, error=BROKE),
    ]
    assert [(one.step, one.decisive) for one in _told(ended("degraded", 5, log))] == [
        ("extract", True),
        ("ingest", False),
    ]


def test_of_two_that_failed_for_good_the_earlier_comes_first():
    log = [entry("transform", 1, 4, error=BROKE), entry("extract", 1, 2, error=BROKE)]
    assert [one.step for one in _told(ended("fallback", 5, log))] == ["extract", "transform"]


def test_the_cause_is_the_error_of_the_first_attempt():
    log = [entry("extract", 0, 1, error=REFUSED), entry("extract", 2, 3, attempt=2, error=BROKE)]
    [found] = _told(ended("degraded", 5, log))
    assert found.cause == REFUSED


def test_an_attempt_that_made_good_is_named():
    log = [entry("extract", 0, 1, error=REFUSED), entry("extract", 2, 3, attempt=2, note="edit by ann")]
    [found] = _told(ended("full", 5, log))
    assert found.became == "attempt 2 made good for it (edit by ann)"


def test_a_step_that_the_result_goes_without():
    [found] = _told(ended("degraded", 5, [entry("extract", 0, 1, error=BROKE)]))
    assert found.became == "the result goes without it"


def test_a_step_that_ended_the_run():
    facts = ended(
        "failed", 5, [entry("ingest", 0, 1, error=BROKE)], failure=BROKE.model_copy(update={"step": "ingest"})
    )
    [found] = _told(facts)
    assert (found.step, found.became) == ("ingest", "so the run failed")


def test_a_failure_that_only_sums_up_failed_steps_is_no_trouble_of_its_own():
    log = [entry("extract", 0, 1, error=BROKE), entry("transform", 0, 2, error=BROKE)]
    joined = Failure(type="NothingLeft", message="nothing to join", step="extract ‖ transform")
    assert [one.step for one in _told(ended("failed", 5, log, failure=joined))] == ["extract", "transform"]


def test_what_the_fallback_did_instead():
    [found] = _told(ended("fallback", 5, [entry("ingest", 0, 1, error=BROKE)], produced_by="data-digest"))
    assert found.became == "data-digest did the work instead"


def test_a_stand_in_is_told():
    log = [
        entry("extract", 0, 1, error=BROKE),
        entry("extract", attempt=2, status="substituted", note="stands in"),
    ]
    [found] = _told(ended("degraded", 5, log))
    assert found.became == "something else took its place"


def test_a_step_that_was_cut_off_by_a_cancel_did_not_fail_by_itself():
    facts = ended(
        "cancelled",
        5,
        [entry("extract", 0, 4, error=CUT_OFF)],
        failure=Failure(type="Cancelled", message="the run was cancelled"),
        stopped_for="enough (by ann)",
    )
    [found] = _told(facts)
    assert (found.step, found.cause.message) == ("", "the run was cancelled: enough (by ann)")


def test_a_run_that_was_ended_before_it_could_say_so_itself_is_told_once():
    failure = Failure(type="CancelledError", message="the run was cancelled")
    [found] = _told(ended("cancelled", 5, [], failure=failure))
    assert found.became == ""


def test_a_step_that_a_person_left_out_is_told_with_who():
    log = [
        entry("extract", 0, 1, error=BROKE),
        entry("extract", attempt=2, status="skipped", note="skip by ann"),
    ]
    [found] = _told(ended("degraded", 5, log))
    assert found.became == "the result goes without it (skip by ann)"


def test_a_lost_attempt_is_told_from_a_failed_one():
    lost = Failure(type="AttemptLost", message="the worker was killed or fell silent")
    log = [entry("extract", 0, status="lost", error=lost), entry("extract", 9, 10, attempt=2)]
    [found] = _told(ended("full", 11, log))
    assert [one.status for one in found.tries] == ["lost", "completed"]


def test_a_refused_request_is_a_failure_of_no_step():
    refused = Failure(type="BadInput", message="`rowz`: no such field", retryable=False)
    [found] = _told(ended("failed", 1, [], failure=refused))
    assert (found.step, found.cause, found.tries) == ("", refused, [])


def test_a_run_whose_own_code_fails_again_and_again_says_by_what():
    [found] = _told(running(60, [], [], phase="blocked", cause="RuntimeError: no such part"))
    assert (found.step, found.cause.message) == ("", "RuntimeError: no such part")
