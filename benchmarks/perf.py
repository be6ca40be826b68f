"""`make perf`: what each registered pipeline takes, held against its budget."""

import argparse
import logging
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import psutil
import uvloop
from temporalio.client import Client

from benchmarks import budgets
from benchmarks.budgets import Budgets, Figures
from benchmarks.calibration import Calibration, calibrate
from benchmarks.main_job import made
from benchmarks.memory import watching
from benchmarks.servers import Server, tuned_server
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.server_binary import find_server
from fiberwise.runtime.settings import Settings
from starter.cli.session import load_settings
from starter.connection import our_plugin
from starter.requests import checked, pipeline_named
from starter.starts import Ordered, start, taken_in
from worker import HEAVY, hosted
from workflows import AVAILABLE_PIPELINES

MILLION = 1_000_000
SHAPES = {"sensor-health": "sensors"}
"""Of the made data that a pipeline is for, where those are not orders."""
WARM_UP_ROWS, WARM_UPS = 1000, 3


@dataclass(frozen=True)
class Case:
    """A pipeline, whole or streamed."""

    pipeline: str
    stream: bool = False

    def __str__(self) -> str:
        return f"{self.pipeline}, streamed" if self.stream else self.pipeline


@dataclass(frozen=True)
class Bench:
    """Where cases are measured, and on how many rows."""

    folder: Path
    server: Server
    rows: int

    @property
    def data(self) -> Path:
        """What the calibration loop works on, whatever the pipeline does."""
        return made(self.folder, self.rows, _tell)


def main() -> None:
    asked = _arguments()
    logging.disable(logging.WARNING)
    signal.signal(signal.SIGTERM, _end)
    known: Budgets = {} if asked.note else budgets.read()
    with TemporaryDirectory(prefix="fiberwise-perf-") as text:
        folder = Path(text)
        with tuned_server(find_server(load_settings()), folder / "server") as server:
            measured = _measured(
                Bench(folder, server, asked.rows), list(_cases(asked.only)), known, asked.rounds
            )
    for name, figures in sorted(measured.items()):
        _tell(f"{name}: {figures.rounded()}")
    if asked.note:
        budgets.note({**(budgets.read() if asked.only else {}), **measured})
        _tell(f"noted in {budgets.FILE}")
        return
    told = list(budgets.exceeded(measured, known))
    _tell("\n".join([*told, f"{len(told)} over budget" if told else "all within their budgets"]))
    sys.exit(1 if told else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="perf", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="of the data set (200,000)")
    parser.add_argument(
        "--rounds", type=int, default=4, help="how often to look at what is over its budget (4)"
    )
    parser.add_argument("--only", metavar="PIPELINE", default="", help="this one alone")
    parser.add_argument("--note", action="store_true", help="write the budgets anew")
    return parser.parse_args()


def _cases(only: str) -> Iterator[Case]:
    for name in [pipeline_named(only).name] if only else AVAILABLE_PIPELINES:
        yield Case(name)
        if any(step.stream and step.stream.cut for step in pipeline_named(name).steps):
            yield Case(name, stream=True)


def _measured(bench: Bench, cases: list[Case], known: Budgets, rounds: int) -> dict[str, Figures]:
    """Noise only ever adds: the lowest figure of several looks is nearest to the truth, and one that fits will do."""
    calibration, best, found = calibrate(bench.data), dict[Case, Figures](), dict[str, Figures]()
    for number in range(rounds):
        for case in cases:
            if known and str(case) in found and not [*budgets.exceeded({str(case): found[str(case)]}, known)]:
                continue
            taken = uvloop.run(_run(case, bench, f"{case.pipeline}-{case.stream}-{number}"))
            calibration = Calibration(*map(min, calibration, calibrate(bench.data)))
            best[case] = Figures(*map(min, taken, best.get(case, taken)))
            found |= {str(one): _ratios(figures, calibration, bench.rows) for one, figures in best.items()}
            _tell(f"look {number + 1}, {case}: {found[str(case)].rounded()}")
    return found


def _ratios(taken: Figures, calibration: Calibration, rows: int) -> Figures:
    return taken._replace(
        wall=taken.wall / calibration.wall_s * MILLION / rows,
        cpu=taken.cpu / calibration.cpu_s * MILLION / rows,
        memory=taken.memory / calibration.peak_bytes,
    )


async def _run(case: Case, bench: Bench, home: str) -> Figures:
    """In seconds and bytes: from taking the file in to the result, by a worker that is warm."""
    (bench.folder / home).mkdir()
    settings = Settings.model_validate({"home": bench.folder / home, "task_queue": home})
    client = await Client.connect(bench.server.address, plugins=[our_plugin(settings)])
    async with hosted(client, settings) as serving:
        await serving.children.warm(HEAVY)
        for _ in range(WARM_UPS):
            await _once(client, settings, case, bench, WARM_UP_ROWS)
        server = bench.server.process.pid
        with watching(but=server) as peak:
            worked = _cpu_s(server)
            wall, events, history_bytes = await _once(client, settings, case, bench, bench.rows)
            cpu = _cpu_s(server) - worked
    return Figures(wall, cpu, peak.worker + peak.children, events, history_bytes)


def _cpu_s(server: int) -> float:
    """Of this process, which hosts the worker, and its children but the server."""
    me = psutil.Process()
    times = [one.cpu_times() for one in [me, *me.children(recursive=True)] if one.pid != server]
    return sum(one.user + one.system for one in times)


async def _once(
    client: Client, settings: Settings, case: Case, bench: Bench, rows: int
) -> tuple[float, int, int]:
    """Seconds, and events and bytes of the history of the execution itself, without those of its streams."""
    pipeline = pipeline_named(case.pipeline)
    data = str(made(bench.folder, rows, _tell, SHAPES.get(case.pipeline, "orders")))
    request = {"data": data} if "data" in pipeline.input.model_fields else {}
    began = time.monotonic()
    order = Ordered(pipeline, checked(pipeline, request), no_cache=True, stream=case.stream)
    started = await start(client, settings, await taken_in(order, settings), eager=True)
    result = await result_of(started.handle)
    seconds = time.monotonic() - began
    if result.outcome not in ("full", "degraded"):
        raise RuntimeError(f"{started.execution_id} ended {result.outcome}: {result.reasons}")
    history = await started.handle.fetch_history()
    return seconds, len(history.events), sum(event.ByteSize() for event in history.events)


def _end(_signal: int, _frame: FrameType | None) -> None:
    """As in the benchmarks: an end from outside must not leave the server behind."""
    sys.exit(143)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
