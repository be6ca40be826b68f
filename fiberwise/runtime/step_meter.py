"""What is told of each attempt of a step: attributes on its span, and metrics by pipeline and step."""

from opentelemetry import trace
from opentelemetry.metrics import Meter
from temporalio import activity

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.attempt import STEP_CANCELLED, Attempt

# From a quick function to a heavy step: 5 ms to 15 min.
MS = (5, 10, 25, 50, 100, 250, 500, 1e3, 2.5e3, 5e3, 1e4, 3e4, 6e4, 3e5, 9e5)
# 16 MiB to 16 GiB.
BYTES = tuple(float(1 << power) for power in range(24, 35))


class StepMeter:
    """Called once for each attempt that ends, in its activity: replay never runs activities, so never counts twice."""

    def __init__(self, meter: Meter) -> None:
        self._attempts = meter.create_counter("fiberwise.step.attempts", "{attempt}", "Attempts by outcome")
        self._rows = meter.create_counter(
            "fiberwise.step.rows", "{row}", "Rows that completed attempts dealt with"
        )
        self._duration = meter.create_histogram(
            "fiberwise.step.duration", "ms", "Time from start to end", explicit_bucket_boundaries_advisory=MS
        )
        self._cpu = meter.create_histogram(
            "fiberwise.step.cpu", "ms", "CPU time, user and system", explicit_bucket_boundaries_advisory=MS
        )
        self._memory = meter.create_histogram(
            "fiberwise.step.peak_memory",
            "By",
            "Highest resident memory",
            explicit_bucket_boundaries_advisory=BYTES,
        )

    def __call__(self, attempt: Attempt, info: activity.Info) -> None:
        told = {
            "fiberwise.pipeline": info.workflow_type or "",
            "fiberwise.step": ActivityId.read(info.activity_id).step,
            "fiberwise.outcome": _outcome(attempt),
        }
        rows = attempt.metrics.rows if attempt.error is None else None
        span = trace.get_current_span()
        span.set_attributes({**told, "fiberwise.attempt": attempt.n})
        self._attempts.add(1, told)
        if rows is not None:
            span.set_attribute("fiberwise.rows", rows)
            self._rows.add(rows, told)
        self._measure(attempt, told)

    def _measure(self, attempt: Attempt, told: dict[str, str]) -> None:
        if attempt.started and attempt.ended:
            self._duration.record((attempt.ended - attempt.started).total_seconds() * 1000, told)
        if attempt.metrics.cpu_ms is not None:
            self._cpu.record(attempt.metrics.cpu_ms, told)
        if attempt.metrics.peak_rss_bytes is not None:
            self._memory.record(attempt.metrics.peak_rss_bytes, told)


def _outcome(attempt: Attempt) -> str:
    if attempt.error is None:
        return "cached" if attempt.from_cache else "completed"
    return "cancelled" if attempt.error.type == STEP_CANCELLED else "failed"
