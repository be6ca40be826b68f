"""Heavy steps leave the worker's event loop free: others beat, answer and start meanwhile."""

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.functions.generate_test_data import write_csv
from fiberwise.contracts.dataset import Generate
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from starter.requests import checked, pipeline_named
from starter.starts import Ordered, start
from worker import hosted

NAME = "complex-multi-agent"
RUNS, LIMIT = 4, 0.1


def _kept_waiting() -> float:
    """Seconds that this thread could have run and got no core: a busy machine is not the loop's fault."""
    stat = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text()
    return int(stat.split()[1]) / 1e9


@contextmanager
def _listening(loop: Any, held: list[float]) -> Generator[None]:
    """Appends, each time that the loop asks what is next, how long what it did last has held it."""
    selector = loop._selector
    ask, back = selector.select, [time.monotonic(), _kept_waiting()]

    def select(timeout: float | None = None) -> Any:
        held.append(time.monotonic() - back[0] - (_kept_waiting() - back[1]))
        found = ask(timeout)
        back[:] = time.monotonic(), _kept_waiting()
        return found

    selector.select = select
    try:
        yield
    finally:
        selector.select = ask


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long a thread waited for a core")
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "in chunks"])
async def test_it_is_never_held_for_a_tenth_of_a_second_under_load(
    env: WorkflowEnvironment, settings: Settings, stream: bool, tmp_path: Path
):
    data = str(tmp_path / "orders.csv")
    write_csv(Generate(rows=40_000), Path(data), Counter())
    pipeline = pipeline_named(NAME)
    async with hosted(env.client, settings):
        asks = [{"data": data, "null_tokens": ["NA", str(number)]} for number in range(RUNS)]
        orders = [Ordered(pipeline, checked(pipeline, ask), no_cache=True, stream=stream) for ask in asks]
        held = list[float]()
        with env.with_time_skipping_disabled():
            started = [await start(env.client, settings, order) for order in orders]
        with _listening(asyncio.get_running_loop(), held):
            results = await asyncio.gather(*(result_of(one.handle) for one in started))

    assert [one.outcome for one in results] == ["full"] * RUNS
    assert max(held) < LIMIT
