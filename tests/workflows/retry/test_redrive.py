"""Of an execution of which chunks failed, these alone are tried again."""

from collections import Counter

import pytest

from fiberwise.contracts.errors import Refused
from starter.retrying import Again, begun, redriven
from starter.starts import Ordered
from tests.workflows import chunked
from tests.workflows.chunked import Many
from tests.workflows.retry.stage import Handle, Stage, statuses
from tests.workflows.running import Result, ended

TOTAL = sum(n * n for n in range(7)) - sum(range(7))


async def _redriven(stage: Stage, handle: Handle) -> Result:
    chunked.WORKED.clear()
    again = Again("ann")
    order = await redriven(stage.client, stage.settings, handle.id, again)
    assert isinstance(order, Ordered)
    started = await begun(stage.client, stage.settings, order, again)
    return await ended(stage.handle(started.handle.id))


async def test_a_chunk_that_failed_as_data_was_taken_in_is_tried_again_and_what_hangs_on_it_done_anew(
    stage: Stage,
):
    handle = await stage.ended(Many(), "chunked", stream=True, faults={"take#4": "fail"})
    assert (await handle.result()).outcome == "degraded"
    result = await _redriven(stage, handle)

    assert (result.outcome, result.results["total"]) == ("full", TOTAL)
    worked = Counter(name for name, _ in chunked.WORKED)
    assert [number for name, number in chunked.WORKED if name == "take"] == [3]
    assert (worked["add"], worked["square"]) == (7, 7)


async def test_a_chunk_that_failed_in_a_later_step_leaves_earlier_steps_and_its_siblings_untouched(
    stage: Stage,
):
    handle = await stage.ended(Many(), "chunked", stream=True, faults={"add#2": "fail"})
    result = await _redriven(stage, handle)

    assert (result.outcome, result.results["total"]) == ("full", TOTAL)
    assert statuses(result)["take"] == ["cached"]
    assert [number for name, number in chunked.WORKED if name == "add"] == [1]


async def test_where_no_chunk_failed_it_is_refused(stage: Stage):
    handle = await stage.ended(Many(), "chunked", stream=True, faults={"add": "fail"})
    with pytest.raises(Refused, match=r"no chunk of .* has failed") as refused:
        await redriven(stage.client, stage.settings, handle.id, Again("ann"))
    assert refused.value.hint.startswith("fiberwise retry ")


async def test_a_retry_takes_over_what_streamed(stage: Stage):
    handle = await stage.ended(Many(), "chunked", stream=True, faults={"add": "fail"})
    chunked.WORKED.clear()
    result = await stage.retried(handle)

    assert (result.outcome, result.results["total"]) == ("full", TOTAL)
    assert {name for name, _ in chunked.WORKED} == {"add", "square"}
