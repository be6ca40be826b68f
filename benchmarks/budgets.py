"""What a pipeline may take: figures of a good day in a file, the margin that noise does not cross, and what to say."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("budgets.json")
MARGINS = {"wall": 2.0, "cpu": 1.4, "memory": 1.3, "events": 1.15, "history_bytes": 1.25}
"""Times a figure may be its budget. What else a machine does weighs on wall time most, on a history hardly."""
UNITS = {
    "wall": "times the calibration loop's time, per million rows",
    "cpu": "times the calibration loop's CPU time, per million rows",
    "memory": "times the calibration loop's peak",
    "events": "events in a history",
    "history_bytes": "bytes of a history",
}
ADVICE = {
    "wall": "`fiberwise why` of a run tells the critical path: what waits there, or no longer runs side by side?",
    "cpu": "look at `cpu_ms` of each step in `fiberwise log`, and at `make bench` for the mechanism",
    "memory": "look at `peak_rss_bytes` of each step in `fiberwise log`, and whether it holds a table twice",
    "events": "a step, a timer or a marker more for each run: is it worth that?",
    "history_bytes": "a larger payload travels through history: pass a reference to an artifact instead",
}


class Figures(NamedTuple):
    """`wall` and `cpu` per million rows, and `memory`, as ratios to the calibration loop; of a history, counts."""

    wall: float
    cpu: float
    memory: float
    events: float
    history_bytes: float

    def rounded(self) -> dict[str, float]:
        """A count stays whole."""
        return {
            name: int(value) if value == int(value) else round(value, 2)
            for name, value in self._asdict().items()
        }


Budgets = Mapping[str, Figures]


def read(file: Path = FILE) -> Budgets:
    """Raises ValueError for a file that does not fit."""
    try:
        found = json.loads(file.read_text("utf-8"))
        return {
            name: Figures(**{field: float(value) for field, value in one.items()})
            for name, one in found.items()
        }
    except (OSError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{file} holds no budgets: {error}; `make perf NOTE=1` writes it") from error


def note(measured: Budgets, file: Path = FILE) -> None:
    """What was measured is the budget from now on."""
    text = json.dumps({name: one.rounded() for name, one in sorted(measured.items())}, indent=2)
    file.write_text(f"{text}\n", "utf-8")


def exceeded(measured: Budgets, budgets: Budgets) -> Iterator[str]:
    """A line or two for each figure past its margin, and for a pipeline without a budget."""
    for name, figures in measured.items():
        if name not in budgets:
            yield f"{name} has no budget: `make perf NOTE=1` notes what it takes now, once that is what it should take"
            continue
        for field, value in figures._asdict().items():
            budget, margin = budgets[name]._asdict()[field], MARGINS[field]
            if value > budget * margin:
                yield _told(name, field, value, budget)


def _told(name: str, field: str, value: float, budget: float) -> str:
    over = f"{value:,.2f} {UNITS[field]}, {value / budget:.2f} x its budget of {budget:,.2f} (up to {MARGINS[field]} x)"
    return (
        f"{name} takes too much {field}: {over}\n"
        f"  {ADVICE[field]}; if it is meant, `make perf NOTE=1` notes the new figures"
    )
