"""Where the time of a run went, from the figures of its own execution log."""

from collections.abc import Sequence

from temporalio import activity

from activities.functions.performance.advice import advise
from activities.functions.performance.spans import TRIED, by_step, critical_path, overlap, span_of, wall_ms
from activities.resources import resources
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.performance import Analysis, Ledger, StepFigures, SuccessRate


@activity.defn
async def analyze_pipeline_performance(ledger: Ledger) -> Analysis:
    """The step: see `analyze`."""
    return analyze(ledger, await resources().earlier_runs(ledger.pipeline, ledger.execution_id))


def analyze(ledger: Ledger, success: SuccessRate) -> Analysis:
    """Figures per step over all its attempts; a lost one may lack times and metrics, and what is known counts."""
    steps = by_step(ledger.entries)
    run = span_of(entry for entries in steps.values() for entry in entries)
    wall = run.ms if run else sum(wall_ms(entries) for entries in steps.values())
    figures = {step: _figures(step, entries, wall) for step, entries in steps.items()}
    path = critical_path(steps, ledger.groups)
    analysis = Analysis(
        wall_ms=wall,
        steps=list(figures.values()),
        critical_path=path,
        bottleneck=max(path, key=lambda step: figures[step].wall_ms, default=None),
        overlap=overlap(steps, ledger.groups),
        success_rate=success,
    )
    return analysis.model_copy(update={"advice": advise(analysis, steps, ledger.groups)})


def _figures(step: str, entries: Sequence[Entry], run_ms: float) -> StepFigures:
    metrics = [entry.metrics for entry in entries]
    cpu = [known.cpu_ms for known in metrics if known.cpu_ms is not None]
    memory = [known.peak_rss_bytes for known in metrics if known.peak_rss_bytes is not None]
    speed = [known.rows_per_s for known in metrics if known.rows_per_s is not None]
    wall = wall_ms(entries)
    return StepFigures(
        step=step,
        wall_ms=wall,
        cpu_ms=sum(cpu) if cpu else None,
        peak_rss_bytes=max(memory, default=None),
        rows_per_s=speed[-1] if speed else None,
        attempts=sum(1 for entry in entries if entry.status in TRIED),
        share=wall / run_ms if run_ms else 0.0,
    )
