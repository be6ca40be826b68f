"""When each step ran and for how long, as bars on one time line: what ran side by side shows side by side."""

from collections.abc import Iterator
from datetime import timedelta

from rich.table import Table
from rich.text import Text

from fiberwise.contracts.execution import Entry
from fiberwise.contracts.performance import Analysis
from starter.amounts import count, duration, rate, share, size

WIDTH = 36
SHOWN = 20


def bars(log: list[Entry]) -> Table:
    """One row per attempt."""
    timed = [entry for entry in log if entry.started_at and entry.completed_at]
    table = Table(box=None, pad_edge=False, header_style="note")
    for name in ("step", "", "time", "cpu", "memory", "rows/s"):
        table.add_column(name, justify="left" if name in ("step", "") else "right", no_wrap=True)
    for entry in timed[:SHOWN]:
        metrics = entry.metrics
        table.add_row(
            _named(entry),
            Text(_bar(entry, timed), "bad" if entry.error else "name"),
            duration(entry.duration_ms),
            duration(metrics.cpu_ms),
            size(metrics.peak_rss_bytes),
            rate(metrics.rows_per_s),
        )
    if len(timed) > SHOWN:
        table.add_row(f"… {len(timed) - SHOWN} more")
    return table


def remarks(analysis: Analysis | None) -> Iterator[Text]:
    """What the analysis of the run adds to the bars."""
    if not analysis:
        return
    facts = [f"critical path: {' → '.join(analysis.critical_path)}"] if analysis.critical_path else []
    if analysis.overlap:
        facts.append(f"side by side: {analysis.overlap:.2f}× the work of one after another")
    rate = analysis.success_rate
    if rate.rate is not None:
        facts.append(f"earlier runs: {share(rate.rate)} of {count(rate.runs, 'run')} completed")
    for fact in facts:
        yield Text(fact, "note")
    for advice in analysis.advice[:3]:
        yield Text(f"→ {advice}")


def _named(entry: Entry) -> str:
    return entry.step if entry.attempt == 1 else f"{entry.step} (attempt {entry.attempt})"


def _bar(entry: Entry, log: list[Entry]) -> str:
    starts = [one.started_at for one in log if one.started_at]
    ends = [one.completed_at for one in log if one.completed_at]
    if not (entry.started_at and entry.completed_at):
        return ""
    whole = max(max(ends) - min(starts), timedelta(milliseconds=1))
    before = round((entry.started_at - min(starts)) / whole * WIDTH)
    length = max(1, round((entry.completed_at - entry.started_at) / whole * WIDTH))
    return " " * min(before, WIDTH - 1) + "█" * min(length, WIDTH - min(before, WIDTH - 1))
