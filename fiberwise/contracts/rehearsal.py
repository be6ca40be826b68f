"""What a rehearsal of a pipeline found: step x fault -> what came of the run."""

from fiberwise.contracts.execution import Outcome
from fiberwise.contracts.options import FaultKind
from fiberwise.contracts.payload import Payload


class Trial(Payload):
    """One run with one fault in one step. `seconds` are the run's own, backoffs (skipped in truth) included.

    `attempts` is how many the step took, `missing` which of the steps that were tried gave nothing.
    """

    step: str
    fault: FaultKind
    outcome: Outcome
    attempts: int
    seconds: float
    completeness: float
    missing: list[str]


class ResilienceCard(Payload):
    """All trials of one pipeline; `unreached` are steps that no request of the rehearsal came to."""

    pipeline: str
    trials: list[Trial]
    unreached: list[str] = []
