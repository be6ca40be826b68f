"""Where each step of a run stands, for the query `progress` and the Web UI's current details."""

from collections.abc import Iterable

from temporalio import workflow

from fiberwise.contracts.execution import Outcome, StepProgress, StepState
from fiberwise.pipeline.details import as_markdown, due, next_commands
from fiberwise.pipeline.policies import Tried


class ProgressBoard:
    """One row per declared step; each change is shown at once. Gives no command."""

    def __init__(self, steps: Iterable[Tried], workflow_id: str) -> None:
        self.about = ""
        self._workflow_id = workflow_id
        self._rows = {step.name: StepProgress(step=step.name, state="waiting") for step in steps}

    @property
    def rows(self) -> list[StepProgress]:
        return list(self._rows.values())

    @property
    def completeness(self) -> float:
        """The share (0 to 1) of the steps that the run was to do which gave a result of their own."""
        wanted = due(self.rows)
        return round(sum(row.state == "completed" for row in wanted) / len(wanted), 4) if wanted else 1.0

    def started(self, step: str, call: int, summary: str) -> None:
        self._rows[step] = StepProgress(step=step, state="running", call=call, summary=summary)
        self.show()

    def waits(self, step: str, call: int, state: StepState, summary: str) -> None:
        """For a person, who finds in the summary what is asked."""
        self._rows[step] = StepProgress(step=step, state=state, call=call, summary=summary)
        self.show()

    def ended(self, step: str, state: StepState, summary: str) -> None:
        """Without a word on what came out, what went in stays."""
        changes = {"state": state, "summary": summary or self._rows[step].summary}
        self._rows[step] = self._rows[step].model_copy(update=changes)
        self.show()

    def fell_back(self, pipeline: str) -> None:
        self.show([f"the fallback {pipeline} does the work now"])

    def show(self, reasons: list[str] | None = None, outcome: Outcome | None = None) -> None:
        text = as_markdown(self.about, self.rows, reasons or [], outcome)
        workflow.set_current_details(f"{text}\n\n{next_commands(self._workflow_id, outcome, self.rows)}")
