"""When each step was at work, by the entries of an execution log."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from fiberwise.contracts.execution import Entry

TRIED = ("completed", "failed", "lost")
WORKED = (*TRIED, "cached")
"""A skipped or substituted call took no time of its own."""


class Span(NamedTuple):
    """From a first start to a last end, the waits between attempts included."""

    start: datetime
    end: datetime

    @property
    def ms(self) -> float:
        return (self.end - self.start).total_seconds() * 1000


def by_step(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The entries in which each step was at work, both in order of the log."""
    found: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.seq):
        if entry.status in WORKED:
            found.setdefault(entry.step, []).append(entry)
    return found


def span_of(entries: Iterable[Entry]) -> Span | None:
    """None where no entry has a start: an attempt that was lost may have no times at all."""
    started = [(entry.started_at, entry.completed_at) for entry in entries if entry.started_at]
    if not started:
        return None
    return Span(min(start for start, _ in started), max(end or start for start, end in started))


def wall_ms(entries: Sequence[Entry]) -> float:
    """The span of each call, summed; where times are missing, the durations that are known."""
    calls: dict[int, list[Entry]] = {}
    for entry in entries:
        calls.setdefault(entry.call, []).append(entry)
    return sum(_call_ms(call) for call in calls.values())


def _call_ms(entries: Sequence[Entry]) -> float:
    span = span_of(entries)
    return span.ms if span else sum(entry.duration_ms or 0.0 for entry in entries)


def critical_path(steps: Mapping[str, Sequence[Entry]], groups: Iterable[Sequence[str]]) -> list[str]:
    """The chain that the run waited for: of steps that ran side by side, the one that ended last."""
    passed = {step for group in groups for step in _ended_before_the_last(steps, group)}
    return [step for step in steps if step not in passed]


def overlap(steps: Mapping[str, Sequence[Entry]], groups: Iterable[Sequence[str]]) -> float | None:
    """Sum of the walls of steps side by side / wall of their groups; None where fewer than two ran."""
    alone = together = 0.0
    for group in groups:
        ran = [step for step in group if step in steps and span_of(steps[step])]
        span = span_of(entry for step in ran for entry in steps[step])
        if len(ran) > 1 and span:
            alone += sum(wall_ms(steps[step]) for step in ran)
            together += span.ms
    return alone / together if together else None


def _ended_before_the_last(steps: Mapping[str, Sequence[Entry]], group: Sequence[str]) -> list[str]:
    spans = {step: span for step in group if step in steps and (span := span_of(steps[step]))}
    if not spans:
        return []
    last = max(spans, key=lambda step: spans[step].end)
    return [step for step in group if step != last]
