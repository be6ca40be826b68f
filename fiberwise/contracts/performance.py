"""What `analyze_pipeline_performance` reads (the log so far) and finds."""

from fiberwise.contracts.execution import Entry
from fiberwise.contracts.payload import Payload


class Ledger(Payload):
    """Input of the analysis: the entries of the run so far; steps done side by side stand in one group."""

    pipeline: str
    execution_id: str = ""
    entries: list[Entry]
    groups: list[list[str]] = []

    @property
    def about(self) -> str:
        return f"this run · {len(self.entries)} attempts so far"


class StepFigures(Payload):
    """One step over all its attempts: wall and CPU in ms, memory in bytes, `share` of the run's wall time."""

    step: str
    wall_ms: float
    cpu_ms: float | None
    peak_rss_bytes: int | None
    rows_per_s: float | None
    attempts: int
    share: float


class SuccessRate(Payload):
    """Ended earlier runs of the same pipeline; rate is None when there are none (or no store to ask)."""

    runs: int
    completed: int
    rate: float | None


class Analysis(Payload):
    """`overlap` is the sum of the parallel steps' walls over the group's wall; None without such a group."""

    wall_ms: float
    steps: list[StepFigures]
    critical_path: list[str]
    bottleneck: str | None
    overlap: float | None
    success_rate: SuccessRate
    advice: list[str] = []

    @property
    def about(self) -> str:
        return f"{self.bottleneck} took longest" if self.bottleneck else ""
