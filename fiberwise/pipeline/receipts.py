"""The receipt of a run: what the attempts of each step cost, and what of it was wasted."""

from collections.abc import Iterable

from fiberwise.contracts.execution import Entry, Receipt

GOOD = ("completed", "cached", "substituted")


def receipt_of(entries: Iterable[Entry]) -> list[Receipt]:
    """One line per step, in the order in which steps first ended."""
    by_step: dict[str, list[Entry]] = {}
    for entry in entries:
        by_step.setdefault(entry.step, []).append(entry)
    return [_line(step, found) for step, found in by_step.items()]


def _line(step: str, entries: list[Entry]) -> Receipt:
    bad = [entry for entry in entries if entry.status not in GOOD]
    peaks = [entry.metrics.peak_rss_bytes for entry in entries if entry.metrics.peak_rss_bytes is not None]
    return Receipt(
        step=step,
        attempts=len(entries),
        waited_ms=_sum(entry.waited_ms for entry in entries),
        ran_ms=_sum(entry.duration_ms for entry in entries),
        cpu_ms=_sum(entry.metrics.cpu_ms for entry in entries),
        peak_rss_bytes=max(peaks, default=None),
        wasted_ms=_sum(entry.duration_ms for entry in bad),
        wasted_cpu_ms=_sum(entry.metrics.cpu_ms for entry in bad),
    )


def _sum(figures: Iterable[float | None]) -> float:
    return round(sum(figure for figure in figures if figure is not None), 3)
