"""Figures over many executions. Percentiles are exact, by linear interpolation between neighbours."""

from fiberwise.contracts.execution import Outcome
from fiberwise.contracts.payload import Payload


class Percentiles(Payload):
    """Of `n` values, in the unit of the field that holds them."""

    n: int
    p50: float
    p95: float
    p99: float


class StepStats(Payload):
    """One step over the runs that ended: `failures` of its `attempts` failed or were lost.

    Figures are of attempts that completed: wall and CPU in ms, the highest peak memory in bytes, the median
    rows/s. None where nothing was measured.
    """

    step: str
    attempts: int
    failures: int
    wall_ms: Percentiles | None
    cpu_ms: Percentiles | None
    peak_rss_bytes: int | None
    rows_per_s: float | None


class PipelineStats(Payload):
    """One pipeline over a window: `rate` is completed / (completed + failed), None when no run ended.

    `duration_ms` and `rows_per_s` (rows that runs worked on, over the time that these runs took) are of
    completed runs; `runs_per_hour` counts ended runs over the window (without a start: since the first run).
    """

    pipeline: str
    runs: int
    running: int
    completed: int
    failed: int
    rate: float | None
    outcomes: dict[Outcome, int]
    duration_ms: Percentiles | None
    runs_per_hour: float
    rows_per_s: float | None
    steps: list[StepStats]
