"""Figures over the executions of a window, per pipeline and step."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, func, select

from fiberwise.contracts.execution import Outcome
from fiberwise.contracts.statistics import Percentiles, PipelineStats, StepStats
from fiberwise.store.percentiles import Group, percentiles
from fiberwise.store.queries import Condition, window
from fiberwise.store.tables import executions, metrics

MEASURED = executions.join(metrics)
FIGURES = ("wall_ms", "cpu_ms", "rows_per_s")


class Counts(NamedTuple):
    """Runs of one pipeline by status and by outcome."""

    status: Counter[str]
    outcome: Counter[Outcome]
    first: datetime


class Volumes(NamedTuple):
    """Rows worked on by completed runs that say so, and the ms that these took."""

    rows: float
    duration_ms: float


class StepFigures(NamedTuple):
    """By (pipeline, step): attempts and failures; by (pipeline, step, figure): percentiles."""

    attempts: dict[Group, tuple[int, int]]
    percentiles: dict[Group, Percentiles]
    peak_bytes: dict[Group, float]


def stats(
    engine: Engine, since: datetime | None = None, pipeline: str | None = None, until: datetime | None = None
) -> list[PipelineStats]:
    """By name, the pipelines with runs that began in `since <= started_at < until` (None: ever, and now)."""
    until = until or datetime.now(UTC)
    within = window(since, until)
    if pipeline is not None:
        within.append(executions.c.pipeline_type == pipeline)
    completed = (*within, executions.c.status == "completed")
    with engine.connect() as connection:
        counts = _counts(connection, within)
        name = executions.c.pipeline_type
        durations = percentiles(connection, executions, [name], executions.c.duration_ms, completed)
        volumes = _volumes(connection, completed)
        steps = _step_figures(connection, within)
    return [
        _pipeline_stats(name, counts[name], since, until, durations.get((name,)), volumes.get(name), steps)
        for name in sorted(counts)
    ]


def _pipeline_stats(
    name: str,
    counts: Counts,
    since: datetime | None,
    until: datetime,
    duration_ms: Percentiles | None,
    volumes: Volumes | None,
    steps: StepFigures,
) -> PipelineStats:
    completed, failed = counts.status["completed"], counts.status["failed"]
    ended = completed + failed
    hours = (until - (since or counts.first)).total_seconds() / 3600
    return PipelineStats(
        pipeline=name,
        runs=counts.status.total(),
        running=counts.status["running"],
        completed=completed,
        failed=failed,
        rate=completed / ended if ended else None,
        outcomes=dict(counts.outcome),
        duration_ms=duration_ms,
        runs_per_hour=ended / hours if hours > 0 else 0.0,
        rows_per_s=volumes.rows / volumes.duration_ms * 1000 if volumes and volumes.duration_ms else None,
        steps=[_step_stats(group, steps) for group in sorted(steps.attempts) if group[0] == name],
    )


def _step_stats(group: Group, figures: StepFigures) -> StepStats:
    attempts, failures = figures.attempts[group]
    rows_per_s = figures.percentiles.get((*group, "rows_per_s"))
    peak = figures.peak_bytes.get(group)
    return StepStats(
        step=group[1],
        attempts=attempts,
        failures=failures,
        wall_ms=figures.percentiles.get((*group, "wall_ms")),
        cpu_ms=figures.percentiles.get((*group, "cpu_ms")),
        peak_rss_bytes=None if peak is None else round(peak),
        rows_per_s=rows_per_s and rows_per_s.p50,
    )


def _counts(connection: Connection, within: Sequence[Condition]) -> dict[str, Counts]:
    keys = (executions.c.pipeline_type, executions.c.status, executions.c.outcome)
    query = select(*keys, func.count(), func.min(executions.c.started_at)).where(*within).group_by(*keys)
    found: dict[str, Counts] = {}
    for name, status, outcome, n, first in connection.execute(query):
        counts = found.get(name) or Counts(Counter(), Counter(), first)
        counts.status[status] += n
        if outcome is not None:
            counts.outcome[outcome] += n
        found[name] = counts._replace(first=min(first, counts.first))
    return found


def _volumes(connection: Connection, completed: Sequence[Condition]) -> dict[str, Volumes]:
    rows, duration = func.sum(executions.c.rows), func.sum(executions.c.duration_ms)
    query = select(executions.c.pipeline_type, rows, duration)
    query = query.where(*completed, executions.c.rows.is_not(None)).group_by(executions.c.pipeline_type)
    return {name: Volumes(float(n), float(ms)) for name, n, ms in connection.execute(query)}


def _step_figures(connection: Connection, within: Sequence[Condition]) -> StepFigures:
    step: list[ColumnElement[str]] = [executions.c.pipeline_type, metrics.c.step_name]
    well = (*within, metrics.c.status == "completed")
    figures = (*well, metrics.c.metric_name.in_(FIGURES))
    groups = [*step, metrics.c.metric_name]
    peaks = (
        select(*step, func.max(metrics.c.metric_value).label("peak")).select_from(MEASURED).group_by(*step)
    )
    peaks = peaks.where(*well, metrics.c.metric_name == "peak_rss_bytes")
    return StepFigures(
        attempts=_attempts(connection, within),
        percentiles=percentiles(connection, MEASURED, groups, metrics.c.metric_value, figures),
        peak_bytes={(row.pipeline_type, row.step_name): row.peak for row in connection.execute(peaks)},
    )


def _attempts(connection: Connection, within: Sequence[Condition]) -> dict[Group, tuple[int, int]]:
    """Added up here, since the two databases read JSON in different words; row by row, in bounded memory."""
    query = select(executions.c.pipeline_type, executions.c.step_attempts)
    query = query.where(*within, executions.c.step_attempts.is_not(None))
    totals: dict[Group, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for name, counted in connection.execute(query.execution_options(yield_per=1000)):
        for step, (attempts, failures) in counted.items():
            known = totals[name, step]
            totals[name, step] = (known[0] + attempts, known[1] + failures)
    return dict(totals)
