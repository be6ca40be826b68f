"""The main job on a hosted worker, beside the same functions in a plain loop."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from temporalio.client import Client

from activities.functions.generate_test_data import write_csv
from benchmarks.memory import watching
from benchmarks.plain_loop import Plain, run_plain_loop
from benchmarks.servers import Server, tuned_server
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Generate
from fiberwise.contracts.execution import Entry
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from starter.connection import our_plugin
from starter.requests import pipeline_named
from starter.starts import Ordered, start, taken_in
from worker import HEAVY, hosted

Tell = Callable[[str], None]
NAME, WARM_UP_ROWS = "complex-multi-agent", 1000
WARM_UPS = 3  # so that each child process has most likely had each kind of step
SIDE_BY_SIDE = ("extract", "transform")


@dataclass(frozen=True)
class Ours:
    """Seconds from taking the file in to the result. `bodies_s` of them is the work itself: taking in, and the
    steps one after the other, of those side by side the longer one. Memory in bytes."""

    seconds: float
    bodies_s: float
    worker_peak_bytes: int
    children_peak_bytes: int


@dataclass(frozen=True)
class Job:
    """One round."""

    rows: int
    ours: Ours
    plain: Plain


def compare(program: Path, folder: Path, sizes: list[int], rounds: int, tell: Tell) -> list[Job]:
    """Each round has a store of its own: what is there already would not be written again."""
    files = {rows: made(folder, rows, tell) for rows in [WARM_UP_ROWS, *sizes]}
    found: list[Job] = []
    with tuned_server(program, folder / "server") as server:
        for number in range(rounds):
            for rows in sizes:
                tell(f"round {number + 1} of {rounds}: main job, {rows:,} rows")
                with TemporaryDirectory(dir=folder) as store:
                    found.append(_round(files, rows, Path(store), server, ours_first=number % 2 == 0))
    return found


def _round(files: dict[int, Path], rows: int, store: Path, server: Server, *, ours_first: bool) -> Job:
    def measured() -> Ours:
        (store / "ours").mkdir()
        return uvloop.run(ours(files[rows], files[WARM_UP_ROWS], store / "ours", server))

    def plain() -> Plain:
        return run_plain_loop(files[rows], files[WARM_UP_ROWS], store / "plain")

    if ours_first:
        return Job(rows, ours=measured(), plain=plain())
    return Job(rows, plain=plain(), ours=measured())


async def ours(data: Path, warm_up: Path, home: Path, server: Server, *, stream: bool = False) -> Ours:
    """One run on a worker of its own, whose state goes into the folder `home`."""
    settings = Settings.model_validate({"home": home, "task_queue": f"job-{home.parent.name}"})
    client = await Client.connect(server.address, plugins=[our_plugin(settings)])
    async with hosted(client, settings) as serving:
        await serving.children.warm(HEAVY)
        for _ in range(WARM_UPS):
            await _run(client, settings, warm_up, no_cache=True, stream=stream)
        with watching(but=server.process.pid) as peak:
            began = time.monotonic()
            bodies_s = await _run(client, settings, data, stream=stream)
            seconds = time.monotonic() - began
    return Ours(seconds, bodies_s, peak.worker, peak.children)


async def _run(
    client: Client, settings: Settings, data: Path, *, no_cache: bool = False, stream: bool = False
) -> float:
    began = time.monotonic()
    request = Request.model_validate({"data": str(data)})
    order = await taken_in(Ordered(pipeline_named(NAME), request, no_cache=no_cache, stream=stream), settings)
    taking_in = time.monotonic() - began
    started = await start(client, settings, order, eager=True)
    result = await result_of(started.handle)
    if result.outcome != "full":
        raise RuntimeError(f"{started.execution_id} ended {result.outcome}: {result.reasons}")
    return taking_in + _bodies_s(result.execution_log)


def _bodies_s(log: list[Entry]) -> float:
    walls = {entry.step: (entry.duration_ms or 0) / 1000 for entry in log}
    beside = [walls.pop(step) for step in SIDE_BY_SIDE]
    return sum(walls.values()) + max(beside)


def made(folder: Path, rows: int, tell: Tell, shape: str = "orders") -> Path:
    """A made data set, which is made once."""
    path = folder / f"{shape}-{rows}.csv"
    if not path.exists():
        tell(f"making {rows:,} rows of {shape}")
        write_csv(Generate.model_validate({"rows": rows, "shape": shape}), path, Counter())
    return path
