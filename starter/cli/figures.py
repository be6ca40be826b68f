"""What `stats` prints, from the record store: it needs no server."""

from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fiberwise.contracts.statistics import Percentiles, PipelineStats, StepStats
from fiberwise.runtime.settings import Settings
from fiberwise.store.engine import open_store
from fiberwise.store.stats import stats
from starter.amounts import count, duration, rate, share, size
from starter.cli.terminal import answer, answer_json, tell


def show_stats(settings: Settings, since: datetime | None, pipeline: str, as_json: bool) -> int:
    engine = open_store(settings.database_url)
    try:
        found = stats(engine, since=since, pipeline=pipeline or None)
    finally:
        engine.dispose()
    if as_json:
        answer_json(found)
    elif found:
        answer(Group(*(part for one in found for part in _of(one))))
    else:
        tell("no run is on record in this time")
    return 0


def _of(one: PipelineStats) -> list[RenderableType]:
    outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in one.outcomes.items())
    return [
        Text.assemble(
            (one.pipeline, "head"), f"  {count(one.runs, 'run')}" + (f": {outcomes}" if outcomes else "")
        ),
        Text(f"  completed {share(one.rate)} · running {one.running:,} · {one.runs_per_hour:,.1f} runs/h"),
        Text(f"  duration {_three(one.duration_ms)} (p50, p95, p99) · {rate(one.rows_per_s)} rows/s"),
        _steps(one.steps),
        Text(),
    ]


def _steps(steps: list[StepStats]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="note", padding=(0, 2, 0, 0))
    columns = (
        "step",
        "attempts",
        "failed",
        "wall p50 / p95 / p99",
        "cpu p50 / p95 / p99",
        "peak memory",
        "rows/s",
    )
    for name in columns:
        table.add_column(name, justify="left" if name == "step" else "right", no_wrap=True)
    for step in steps:
        table.add_row(
            step.step, f"{step.attempts:,}", Text(f"{step.failures:,}", "bad" if step.failures else ""),
            _three(step.wall_ms), _three(step.cpu_ms), size(step.peak_rss_bytes), rate(step.rows_per_s),
        )  # fmt: skip
    return table


def _three(found: Percentiles | None) -> str:
    return " / ".join(duration(value) for value in (found.p50, found.p95, found.p99)) if found else "–"
