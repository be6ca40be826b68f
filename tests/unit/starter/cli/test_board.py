"""The live table keeps each step's name whole, however much there is to say beside it."""

import re
import sys
from datetime import UTC, datetime
from io import StringIO
from typing import get_args

import pytest

from fiberwise.contracts.execution import StepProgress, StepState
from fiberwise.contracts.view import ExecutionView, PendingStep
from starter.cli.board import board, step_table
from starter.cli.terminal import rendered

LONG = "no worker polls the task queue `fiberwise`: `fiberwise worker` starts one, and then it goes on"

STYLE, CURSOR = re.compile(r"\x1b\[[\d;]*m"), re.compile(r"\x1b\[\d*[AK]")


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def _view(**changes: object) -> ExecutionView:
    now = datetime.now(UTC)
    known = ExecutionView(
        execution_id="1234",
        workflow_id="complex-multi-agent/1234",
        run_id="r",
        pipeline="complex-multi-agent",
        status="running",
        phase="running",
        started_at=now,
        steps=[
            StepProgress(step="generate", state="completed", call=1, summary="40 rows"),
            StepProgress(step="extract", state="running", call=1, summary=LONG),
            StepProgress(step="synthesize", state="waiting"),
        ],
        pending=[PendingStep(step="extract", call=1, attempt=1, state="running", since=now)],
    )
    return known.model_copy(update=changes)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("changes", [{}, {"phase": "no_worker", "cause": LONG}])
def test_names_are_whole_and_what_does_not_fit_beside_them_is_cut(width: int, changes: dict[str, object]):
    shown = rendered(step_table(_view(**changes)), width).splitlines()
    lines = [line for line in shown if any(name in line for name in ("generate", "extract", "synthesize"))]
    assert len(lines) == 3
    assert max(map(len, shown)) <= width


def test_a_backing_off_step_says_why_and_an_unserved_run_names_its_phase():
    waits = PendingStep(step="extract", call=1, attempt=2, state="backing_off", last_failure="no luck")
    shown = rendered(step_table(_view(pending=[waits], phase="backing_off", cause="no luck")), 100)
    assert "attempt 2 in 0 s, after: no luck" in shown
    assert "!  backing_off  no luck" in shown


@pytest.mark.parametrize(
    ("phase", "command"),
    [("paused", "resume"), ("waiting_approval", "approve"), ("needs_repair", "repair")],
)
def test_a_run_that_waits_for_a_person_says_what_to_type(phase: str, command: str):
    row = StepProgress.model_validate({"step": "extract", "state": phase, "summary": "why it waits"})
    shown = rendered(step_table(_view(steps=[row], pending=[], phase=phase)), 100)
    assert "extract  why it waits" in shown
    assert f"→ fiberwise {command} complex-multi-agent/1234" in shown


def test_an_attempt_that_is_held_back_does_not_count_down():
    held = PendingStep(step="extract", call=1, attempt=2, state="paused", since=datetime.now(UTC))
    shown = rendered(step_table(_view(pending=[held], phase="paused", cause="extract is paused")), 100)
    assert "attempt 2 is held back until `resume`" in shown
    assert re.search("!  paused +extract is paused", shown)


@pytest.mark.parametrize("state", get_args(StepState))
def test_every_state_of_a_step_has_its_mark(state: str):
    row = StepProgress.model_validate({"step": "extract", "state": state})
    assert "extract" in rendered(step_table(_view(steps=[row])), 100)


def test_without_a_terminal_what_to_type_is_said_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stderr", told := StringIO())
    waits = _view(phase="needs_repair", cause="extract needs repair: no luck", pending=[])
    with board() as shown:
        shown.show(waits)
        shown.show(waits)
    assert told.getvalue().splitlines()[:3] == [
        "complex-multi-agent/1234: needs_repair",
        "needs_repair: extract needs repair: no luck",
        "  fiberwise repair complex-multi-agent/1234",
    ]
    assert told.getvalue().count("fiberwise repair") == 1


@pytest.mark.parametrize(("no_color", "styled"), [("1", False), ("", True)])
def test_without_colour_the_live_table_moves_the_cursor_and_styles_nothing(
    monkeypatch: pytest.MonkeyPatch, no_color: str, styled: bool
):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys, "stderr", screen := Screen())
    with board() as shown:
        shown.show(_view())
        shown.show(_view())
    assert CURSOR.search(screen.getvalue())
    assert bool(STYLE.search(screen.getvalue())) == styled
