"""A run that carries on an ended one takes over what that one did, where step, version and input are the same."""

from temporalio.client import Client, WorkflowHandle

from fiberwise.contracts.canonical import input_hash
from fiberwise.contracts.options import Header, Taken
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.step_interceptor import HEADER
from tests.conftest import Serve
from tests.workflows.bending import PIPELINES, Bend
from tests.workflows.running import Result, begin, ended, told
from tests.workflows.scripted import Turn


def _taken(step: str = "first", **changes: object) -> Taken:
    found = Taken(
        step=step,
        call=1,
        version=1,
        input_hash=input_hash(Turn(name=step)),
        value={"text": "from before"},
    )
    return found.model_copy(update=changes)


async def _run(client: Client, settings: Settings, serve: Serve, pipeline: str, *taken: Taken) -> Result:
    async with serve(PIPELINES):
        handle = await begin(client, settings, pipeline, Bend(), takeover=taken, retry_of="0815")
        return await ended(handle)


async def test_what_was_done_before_is_not_done_again(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "mendable", _taken())

    assert result.results[0] == {"text": "from before", "rows": 3}
    assert told(result.execution_log, "first") == [(1, "cached")]
    assert result.execution_log[0].note == "taken over from 0815"
    assert (result.outcome, result.metadata.retry_of) == ("full", "0815")


async def test_another_input_is_done_anew(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "mendable", _taken(input_hash="of another"))

    assert told(result.execution_log, "first") == [(1, "completed")]


async def test_another_version_of_the_step_is_done_anew(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "mendable", _taken(version=2))

    assert told(result.execution_log, "first") == [(1, "completed")]


async def test_what_can_be_undone_is_done_anew(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "undone", _taken())

    assert told(result.execution_log, "first") == [(1, "completed")]


async def _headers(handle: WorkflowHandle[object, Result]) -> dict[str, Header]:
    """What each activity was told, by its id."""
    events = [event async for event in handle.fetch_history_events()]
    scheduled = [
        event.activity_task_scheduled_event_attributes
        for event in events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    return {one.activity_id: Header.model_validate_json(one.header.fields[HEADER].data) for one in scheduled}


async def test_the_first_step_that_is_done_opens_the_record(client: Client, settings: Settings, serve: Serve):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "mendable", Bend(), takeover=(_taken(), _taken("left")))
        await ended(handle)

    [header] = (await _headers(handle)).values()
    assert header.opening


async def test_activities_are_not_told_of_what_was_taken_over(
    client: Client, settings: Settings, serve: Serve
):
    async with serve(PIPELINES):
        handle = await begin(client, settings, "mendable", Bend(), takeover=(_taken(),))
        await ended(handle)

    assert [header.options.takeover for header in (await _headers(handle)).values()] == [(), ()]


async def test_what_no_longer_fits_the_model_is_done_anew(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, "mendable", _taken(value={"texts": ["an older shape"]}))

    assert told(result.execution_log, "first") == [(1, "completed")]
