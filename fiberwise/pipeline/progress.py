"""Where each step of a run stands, for the query `progress` and the Web UI's current details."""

from collections.abc import Iterable
from typing import Any, Literal

from temporalio import workflow

from fiberwise.contracts.execution import Outcome, StepProgress
from fiberwise.pipeline.details import as_markdown
from fiberwise.pipeline.step import Step


class ProgressBoard:
    """One row per declared step; each change is shown at once. Gives no command."""

    def __init__(self, steps: Iterable[Step[Any, Any]]) -> None:
        self._rows = {step.name: StepProgress(step=step.name, state="waiting") for step in steps}

    @property
    def rows(self) -> list[StepProgress]:
        return list(self._rows.values())

    def started(self, step: str, call: int, summary: str) -> None:
        self._rows[step] = StepProgress(step=step, state="running", call=call, summary=summary)
        self.show()

    def ended(self, step: str, state: Literal["completed", "failed", "skipped"], summary: str) -> None:
        self._rows[step] = self._rows[step].model_copy(update={"state": state, "summary": summary})
        self.show()

    def show(self, reasons: list[str] | None = None, outcome: Outcome | None = None) -> None:
        workflow.set_current_details(as_markdown(self.rows, reasons or [], outcome))
