"""What to do now, as a command that fits where the run stands."""

import pytest

from fiberwise.contracts.attempt import Attempt, Failure, Trail
from fiberwise.contracts.controls import Waiting
from fiberwise.contracts.view import PendingStep
from fiberwise.contracts.why import Origin
from starter.why.advice import advice, held
from starter.why.calls import calls_of
from starter.why.facts import Facts
from starter.why.troubles import troubles
from tests.unit.starter.why.made import BEFORE, BROKE, after, ended, entry, noted, running

LOG = [entry("extract", 0, 1, error=BROKE)]


def _commands(facts: Facts) -> list[str]:
    found = advice(facts, troubles(facts, calls_of(facts.log, facts.seen.pending)))
    return [one.command.removeprefix("fiberwise ").replace(" 0f1e2d3c", "") or one.what for one in found]


@pytest.mark.parametrize(
    ("outcome", "commands"),
    [
        ("full", ["show"]),
        ("degraded", ["retry", "rerun"]),
        ("failed", ["retry", "rerun"]),
        ("timed_out", ["retry", "rerun"]),
        ("fallback", ["retry", "rerun"]),
        ("cancelled", ["retry", "rerun"]),
    ],
)
def test_after_the_end(outcome: str, commands: list[str]):
    assert _commands(ended(outcome, 5, LOG if outcome != "full" else [])) == commands


def test_of_a_fallback_it_is_the_run_that_fell_back_which_is_carried_on():
    origin = Origin(trigger="fallback", fallback_of=f"complex-multi-agent/{BEFORE}")
    assert _commands(ended("failed", 5, LOG, origin=origin)) == [f"retry {BEFORE[:8]}", "rerun"]


def test_what_is_degraded_without_a_failed_step_is_not_carried_on():
    assert _commands(ended("degraded", 5, [], reasons=["12 ragged rows were set aside"])) == ["rerun"]


def test_bad_input_is_not_done_again_but_mended_as_its_error_says():
    refused = Failure(type="BadInput", message="line 3 has 2 cells", hint="mend line 3", step="ingest")
    facts = ended("failed", 1, [entry("ingest", 0, 1, error=refused)], failure=refused)
    assert _commands(facts) == ["pipelines complex-multi-agent", "mend line 3"]


def test_a_hint_that_is_among_the_commands_is_not_told_twice():
    late = Failure(type="DeadlineExceeded", message="late", hint="`fiberwise retry` carries it on")
    assert _commands(ended("timed_out", 5, [], failure=late)) == ["retry", "rerun"]


@pytest.mark.parametrize(
    ("phase", "commands"),
    [
        ("running", ["watch"]),
        ("paused", ["resume", "watch"]),
        ("no_worker", ["worker", "watch"]),
        ("blocked", ["worker", "watch"]),
    ],
)
def test_while_it_runs(phase: str, commands: list[str]):
    assert _commands(running(5, [], [], phase=phase, cause="why")) == commands


@pytest.mark.parametrize(
    ("kind", "commands"),
    [("needs_repair", ["repair", "watch"]), ("waiting_approval", ["approve", "reject", "watch"])],
)
def test_while_it_waits_for_a_person(kind: str, commands: list[str]):
    waiting = [{"kind": kind, "step": "extract", "call": 1, "since": after(1), "may": ("retry", "skip")}]
    assert _commands(running(5, [], [], phase=kind, waiting=waiting)) == commands


def test_a_backoff_may_be_cut_short():
    trail = Trail(attempts=[Attempt(n=1, ended=after(1), error=BROKE)])
    times = {"since": after(9), "next_attempt_at": after(9)}
    one = PendingStep(step="extract", call=1, attempt=2, state="backing_off", trail=trail, **times)
    assert _commands(running(5, [], [one], phase="backing_off")) == ["retry-now", "watch"]


def test_a_pause_says_since_when_and_by_whom():
    facts = running(5, [], [], phase="paused", cause="paused by ann", controls=[noted("pause", 2)])
    assert [(one.since, one.what) for one in held(facts)] == [(after(2), "paused by ann")]


def test_a_step_that_waits_says_what_is_asked():
    waiting = Waiting(kind="waiting_approval", step="synthesize", call=1, since=after(1), who=("bob",))
    [found] = held(running(5, [], [], phase="waiting_approval", waiting=[waiting.model_dump()]))
    assert (found.step, found.what) == ("synthesize", "waits for bob to approve")
