"""What to do about the time, memory and attempts of a run, in words."""

from collections.abc import Iterable, Mapping, Sequence

from activities.functions.performance.spans import wall_ms
from fiberwise.contracts.execution import Entry
from fiberwise.contracts.performance import Analysis, StepFigures

LARGE = 0.5
BUSY, IDLE = 0.8, 0.3
SKEWED = 3.0
GIB = 1 << 30
UNSTEADY, ENOUGH_RUNS = 0.9, 5
NOTHING = "Nothing stands out: no attempt was wasted, and no step or pause dominates."


def advise(
    analysis: Analysis, steps: Mapping[str, Sequence[Entry]], groups: Iterable[Sequence[str]]
) -> list[str]:
    """Sentences, the costliest trouble first; one that says so when there is none."""
    by_name = {figures.step: figures for figures in analysis.steps}
    # A step whose result was kept took a look, which nobody can speed up.
    worked = {step: figures for step, figures in by_name.items() if figures.attempts}
    advice = [
        *(_retried(step, entries) for step, entries in steps.items() if len(entries) > 1),
        _bottleneck(worked.get(analysis.bottleneck or "")),
        _pauses(analysis, by_name),
        *(_skewed([worked[step] for step in group if step in worked]) for group in groups),
        *(_memory(figures) for figures in analysis.steps),
        _unsteady(analysis),
    ]
    return [sentence for sentence in advice if sentence] or [NOTHING]


def _retried(step: str, entries: Sequence[Entry]) -> str | None:
    tried = [entry for entry in entries if entry.status in ("failed", "lost")]
    if not tried:
        return None
    good = wall_ms([entry for entry in entries if entry not in tried])
    causes = dict.fromkeys(entry.error.type if entry.error else entry.status for entry in tried)
    wasted = _time(max(wall_ms(entries) - good, 0.0))
    return f"`{step}` failed {_times(len(tried))} ({', '.join(causes)}), which cost {wasted} with the waits between."


def _bottleneck(figures: StepFigures | None) -> str | None:
    if figures is None or figures.share < LARGE:
        return None
    said = f"`{figures.step}` takes {figures.share:.0%} of the run: speed up this step before any other"
    if figures.cpu_ms is None or not figures.wall_ms:
        return f"{said}."
    busy = figures.cpu_ms / figures.wall_ms
    if busy >= BUSY:
        return f"{said}. It is bound by CPU: a faster core, or less data for it, helps."
    if busy < IDLE:
        return f"{said}. It mostly waits (CPU {busy:.0%}): look at what it reads from, or at its back-off."
    return f"{said}."


def _pauses(analysis: Analysis, steps: Mapping[str, StepFigures]) -> str | None:
    idle = analysis.wall_ms - sum(steps[step].wall_ms for step in analysis.critical_path)
    if analysis.wall_ms <= 0 or idle / analysis.wall_ms < LARGE:
        return None
    return f"{_time(idle)} of {_time(analysis.wall_ms)} went by between steps: it waited for a person, or for a worker."


def _skewed(group: Sequence[StepFigures]) -> str | None:
    if len(group) < 2:
        return None
    slow, fast = (pick(group, key=lambda figures: figures.wall_ms) for pick in (max, min))
    if slow.wall_ms < SKEWED * fast.wall_ms or slow.share < LARGE / 2:
        return None
    ratio = f"{slow.wall_ms / fast.wall_ms:.1f} times as long as" if fast.wall_ms else "much longer than"
    return f"`{slow.step}` takes {ratio} `{fast.step}` beside it: running side by side wins little."


def _memory(figures: StepFigures) -> str | None:
    peak = figures.peak_rss_bytes or 0
    if peak < GIB:
        return None
    return f"`{figures.step}` took {peak / GIB:.1f} GiB of memory at its peak: see that the worker has that to spare."


def _unsteady(analysis: Analysis) -> str | None:
    success = analysis.success_rate
    if success.rate is None or success.runs < ENOUGH_RUNS or success.rate >= UNSTEADY:
        return None
    return f"Only {success.completed} of {success.runs} earlier runs completed: look at why the others ended."


def _time(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms"


def _times(n: int) -> str:
    return "once" if n == 1 else f"{n} times"
