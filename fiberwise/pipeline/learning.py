"""What agents are to remember of a run that has ended: it is read off its results, and gives no command."""

from typing import Any, Protocol, runtime_checkable

from fiberwise.contracts.execution import Outcome, PipelineResult
from fiberwise.contracts.memory import Learnt
from fiberwise.contracts.payload import Asked, Payload

Result = PipelineResult[Any, Any]


@runtime_checkable
class Teaches(Protocol):
    """Results of a pipeline whose agents remember."""

    def learnt(self, request: Any, outcome: Outcome) -> list[Learnt]: ...


def learnt(result: Result, request: Payload | Asked | None) -> list[Learnt]:
    """Nothing of a run that failed, or of results that teach nothing."""
    if request is None or result.status != "completed" or not isinstance(result.results, Teaches):
        return []
    return result.results.learnt(request, result.outcome)
