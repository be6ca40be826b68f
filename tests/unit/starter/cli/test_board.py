"""The live table keeps each step's name whole, however much there is to say beside it."""

from datetime import UTC, datetime

import pytest

from fiberwise.contracts.execution import StepProgress
from fiberwise.contracts.view import ExecutionView, PendingStep
from starter.cli.board import step_table
from starter.cli.terminal import rendered

LONG = "no worker polls the task queue `fiberwise`: `fiberwise worker` starts one, and then it goes on"


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
