"""The figures as a table for people, and as JSON for programs: medians over the rounds, and how they spread."""

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.load import Sample
from benchmarks.main_job import Job
from benchmarks.shape_race import DEFAULTS, name_of

MIB = 1 << 20
LARGE, SMALL = 1_000_000, 100_000


class Aim(NamedTuple):
    """What one figure should be: at least or at most `limit`."""

    name: str
    values: Sequence[float]
    limit: float
    at_least: bool

    @property
    def met(self) -> bool:
        return median(self.values) >= self.limit if self.at_least else median(self.values) <= self.limit


@dataclass(frozen=True)
class Report:
    """`shape`: the samples of each side, in the order of the rounds."""

    shape: dict[str, list[Sample]]
    jobs: list[Job]

    def aims(self) -> list[Aim]:
        return [*_shape_aims(self.shape), *_job_aims(self.jobs)]

    def as_json(self) -> dict[str, object]:
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"cores": os.cpu_count(), "system": platform.platform(terse=True)},
            "versions": {"python": platform.python_version(), "temporalio": version("temporalio")},
            "shape": {name: [asdict(sample) for sample in samples] for name, samples in self.shape.items()},
            "main_job": [asdict(job) for job in self.jobs],
            "aims": [
                {
                    "name": aim.name,
                    "median": median(aim.values),
                    "rounds": list(aim.values),
                    "limit": aim.limit,
                    "kind": "at least" if aim.at_least else "at most",
                    "met": aim.met,
                }
                for aim in self.aims()
            ],
        }

    def print(self, console: Console) -> None:
        if self.shape:
            console.print(_shape_table(self.shape))
        if self.jobs:
            console.print(_job_table(self.jobs))
        console.print(_aim_table(self.aims()))


def _shape_aims(shape: dict[str, list[Sample]]) -> Iterable[Aim]:
    if not shape:
        return
    for sandbox in (True, False):
        bare, ours = shape[name_of("bare", sandbox)], shape[name_of("ours", sandbox)]
        how = f"sandbox {'on' if sandbox else 'off'}"
        yield Aim(f"runs/s, ours over bare, {how}", _ratios(ours, bare, _speed), 0.85, at_least=True)
        yield Aim(f"worker CPU, ours over bare, {how}", _ratios(ours, bare, _cpu), 1.2, at_least=False)
        yield Aim(
            f"runs/s, ours, {how}, over all defaults",
            _ratios(ours, shape[DEFAULTS], _speed),
            2.5,
            at_least=True,
        )


def _job_aims(jobs: list[Job]) -> Iterable[Aim]:
    large, small = _of_size(jobs, LARGE), _of_size(jobs, SMALL)
    if large:
        speeds = [job.plain.seconds / job.ours.seconds for job in large]
        yield Aim(f"rows/s of the main job over a plain loop, {LARGE:,} rows", speeds, 0.9, at_least=True)
    if small:
        more = [(job.ours.seconds - job.plain.seconds) * 1000 for job in small]
        between = [(job.ours.seconds - job.ours.bodies_s) * 1000 for job in small]
        yield Aim(f"main job minus plain loop, {SMALL:,} rows, ms", more, 150, at_least=False)
        yield Aim(f"main job minus its own steps, {SMALL:,} rows, ms", between, 150, at_least=False)


def _speed(sample: Sample) -> float:
    return sample.runs_per_s


def _cpu(sample: Sample) -> float:
    return sample.worker_cpu_ms


def _ratios(these: list[Sample], those: list[Sample], figure: Callable[[Sample], float]) -> list[float]:
    """Of samples of the same round, since what else the machine did weighed on both."""
    return [figure(one) / figure(other) for one, other in zip(these, those, strict=True)]


def _of_size(jobs: list[Job], rows: int) -> list[Job]:
    return [job for job in jobs if job.rows == rows]


def _shape_table(shape: dict[str, list[Sample]]) -> Table:
    table = _table(
        "Five trivial steps, two of them side by side",
        "",
        "runs/s",
        "p50 alone, ms",
        "worker CPU, ms",
        "server CPU, ms",
    )
    for name, samples in shape.items():
        figures = ([s.runs_per_s for s in samples], [s.alone_p50_ms for s in samples])
        table.add_row(
            name,
            *(_spread(values) for values in figures),
            _spread([s.worker_cpu_ms for s in samples]),
            _spread([s.server_cpu_ms for s in samples]),
        )
    return table


def _job_table(jobs: list[Job]) -> Table:
    table = _table(
        "Main job, from file to result",
        "rows",
        "ours, s",
        "plain loop, s",
        "ours, rows/s",
        "worker + children, MiB",
        "plain loop, MiB",
    )
    for rows in sorted({job.rows for job in jobs}):
        same = _of_size(jobs, rows)
        memory = [
            max(job.ours.worker_peak_bytes for job in same),
            max(job.ours.children_peak_bytes for job in same),
        ]
        table.add_row(
            f"{rows:,}",
            _spread([job.ours.seconds for job in same]),
            _spread([job.plain.seconds for job in same]),
            f"{median(rows / job.ours.seconds for job in same):,.0f}",
            " + ".join(f"{size / MIB:,.0f}" for size in memory),
            f"{max(job.plain.peak_bytes for job in same) / MIB:,.0f}",
        )
    return table


def _aim_table(aims: list[Aim]) -> Table:
    table = _table("Aims", "", "median [range]", "aim", "met")
    for aim in aims:
        limit = f"{'>=' if aim.at_least else '<='} {aim.limit:g}"
        table.add_row(aim.name, _spread(aim.values), limit, "yes" if aim.met else "no")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position == 0 else "right", no_wrap=True)
    return table


def _spread(values: Sequence[float]) -> str:
    middle, low, high = median(values), min(values), max(values)
    digits = 0 if abs(middle) >= 100 else 2 if abs(middle) < 10 else 1
    return f"{middle:,.{digits}f} [{low:,.{digits}f}–{high:,.{digits}f}]"
