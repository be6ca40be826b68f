"""What an exported test holds, and what it does with it."""

import json
from typing import Any

from pydantic import JsonValue
from temporalio.client import WorkflowHistory

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.execution import Outcome, PipelineResult
from fiberwise.contracts.payload import Payload
from starter.exporting import legible
from starter.exporting.playing import play, replay
from starter.requests import pipeline_named
from workflows import AVAILABLE_PIPELINES


class Expected(Payload):
    """How the run ended. `log`: step, call, attempt and status of each, sorted, since steps side by side race."""

    outcome: Outcome
    reasons: list[str]
    results: JsonValue
    analysis: JsonValue
    failure: Failure | None
    log: list[tuple[str, int, int, str]]


class Exported(Payload):
    """An execution that ended, as `fiberwise export-test` wrote it."""

    pipeline: str
    workflow_id: str
    expected: Expected
    history: JsonValue

    @classmethod
    def read(cls, text: str) -> "Exported":
        """Raises ValidationError for a text that was edited into something else."""
        return cls.model_validate_json(text)

    def write(self) -> str:
        """JSON for a raw string of Python in single quotes."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1).replace("'", "\\u0027")

    async def replay(self) -> None:
        """Raises NondeterminismError where today's code gives other commands than the run did."""
        await replay(self._class, self._history)

    async def play(self) -> Expected:
        """How the run ends with today's workflow code, when each step gives again what it gave then."""
        timed_out = self.expected.outcome == "timed_out"
        return expected(await play(self._class, self._history, timed_out))

    @property
    def _class(self) -> type:
        return AVAILABLE_PIPELINES[pipeline_named(self.pipeline).name]

    @property
    def _history(self) -> WorkflowHistory:
        return legible.read(self.workflow_id, self.history)


def expected(result: PipelineResult[Any, Any]) -> Expected:
    told = result.model_dump(mode="json", include={"outcome", "reasons", "results", "analysis", "failure"})
    log = sorted((entry.step, entry.call, entry.attempt, entry.status) for entry in result.execution_log)
    return Expected.model_validate({**told, "log": log})
