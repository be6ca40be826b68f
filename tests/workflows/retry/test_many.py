"""Many executions are carried on at once: looked at first, begun at a rate, and each refusal told with its reason."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.service import RPCError

from starter.retrying import Again, Chosen, Preview, Summary, kin_of, preview, retry_all
from starter.retrying.line import name_of
from tests.workflows.bending import Bend
from tests.workflows.retry.stage import Handle, Stage
from tests.workflows.running import ended
from tests.workflows.scripted import Script

FAST = 1000.0


def _chosen(stage: Stage, **changes: object) -> Chosen:
    """Those of this test's task queue alone."""
    own = {"query": f"TaskQueue = '{stage.settings.task_queue}'", "until": datetime.now(UTC)}
    return Chosen(**{**own, **changes})  # pyright: ignore[reportArgumentType]


async def _listed(stage: Stage, count: int, **changes: object) -> Preview:
    """Once the server's list, which comes a moment late, has so many."""
    async with asyncio.timeout(10):
        while (seen := await preview(stage.client, _chosen(stage, **changes))).count != count:  # noqa: ASYNC110 - lists give no signal
            await asyncio.sleep(0.05)
    return seen


async def _ended(stage: Stage, count: int) -> list[Handle]:
    found = await asyncio.gather(*(stage.ended(faults={"left": "fail"}) for _ in range(count)))
    await _listed(stage, count)
    return list(found)


async def test_a_preview_tells_how_many_of_which_pipelines_and_why(stage: Stage):
    await stage.ended(faults={"left": "fail"})
    await stage.ended(faults={"right": "fail"})
    await stage.ended(Bend(plain=["break"]), "plain")
    await stage.ended()
    seen = await _listed(stage, 3)

    assert seen.pipelines == {"plain": 1, "scripted": 2}
    assert {(one.outcome, one.reason) for one in seen.first} == {
        ("failed", "left failed: failed on purpose"),
        ("degraded", "right failed: failed on purpose"),
        ("failed", "plain failed: it broke for good"),
    }


async def test_those_that_failed_since_are_neither_degraded_nor_cancelled(stage: Stage):
    await stage.ended(faults={"right": "fail"})
    failed = await stage.ended(faults={"left": "fail"})
    seen = await _listed(stage, 1, failed_since=datetime.now(UTC) - timedelta(hours=1))

    assert [one.execution_id for one in seen.first] == [name_of(failed.id)]


async def test_what_stood_in_for_another_is_left_to_that_one(stage: Stage):
    parent = await stage.ended(Bend(plain=["break"]), "mendable", faults={"left": "fail"}, hold=False)
    seen = await _listed(stage, 1)

    assert [one.execution_id for one in seen.first] == [name_of(parent.id)]


async def test_all_are_carried_on(stage: Stage):
    handles = await _ended(stage, 5)
    done = await retry_all(stage.client, stage.settings, _chosen(stage), Again(), FAST)

    assert (done.chosen, done.started, done.refused) == (5, 5, {})
    for handle in handles:
        newer = done.begun[name_of(handle.id)]
        assert newer == (await kin_of(stage.client, handle.id)).carried_on_by
        assert (await ended(stage.handle(f"scripted/{newer}"))).outcome == "full"


async def test_once_more_begins_none_of_them_again(stage: Stage):
    await _ended(stage, 2)
    chosen = _chosen(stage)
    await retry_all(stage.client, stage.settings, chosen, Again(), FAST)
    done = await retry_all(stage.client, stage.settings, chosen, Again(), FAST)

    assert (done.chosen, done.started) == (2, 0)
    assert done.refused["it is carried on already"].count == 2


async def test_what_is_refused_does_not_keep_the_others(stage: Stage):
    await stage.ended(Script(left=["break"]))
    await stage.ended(Bend(plain=["break"]), "plain")
    await _listed(stage, 2)
    done = await retry_all(stage.client, stage.settings, _chosen(stage), Again(changes=["bug="]), FAST)

    assert (done.chosen, done.started) == (2, 1)
    assert [(why, reason.count) for why, reason in done.refused.items()] == [("`bug`: no such field", 1)]


async def test_no_more_are_begun_a_second_than_asked(stage: Stage):
    await _ended(stage, 4)
    began = time.monotonic()
    await retry_all(stage.client, stage.settings, _chosen(stage), Again(), 4)

    assert time.monotonic() - began >= 0.75


async def test_each_is_told_as_it_is_begun(stage: Stage):
    await _ended(stage, 3)
    told: list[int] = []

    def tell(done: Summary) -> None:
        told.append(done.started)

    await retry_all(stage.client, stage.settings, _chosen(stage), Again(), FAST, tell)
    assert told == [1, 2, 3]


async def test_a_query_that_is_none_is_refused(stage: Stage):
    with pytest.raises(RPCError, match="invalid query"):
        await preview(stage.client, _chosen(stage, query="Outcome is bad"))
