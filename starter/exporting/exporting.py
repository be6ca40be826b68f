"""Makes a test of an execution, and sees that it passes before anybody gets it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from pydantic import JsonValue
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowHistory

from fiberwise.contracts.errors import PipelineError, Refused, ServiceUnavailable
from fiberwise.contracts.execution import PipelineResult
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from starter import executions
from starter.exporting.exported import Expected, Exported, expected
from starter.exporting.legible import Veil, hashes_in, legible
from starter.histories import stumbled, whole_history
from starter.requests import pipeline_named

Result = PipelineResult[Any, Any]
ENDED = (
    WorkflowExecutionStatus.COMPLETED,
    WorkflowExecutionStatus.FAILED,
    WorkflowExecutionStatus.CANCELED,
)


class Unplayable(PipelineError):
    """Today's code does not do again what an execution did, so that a test of it would fail from the start."""

    code, retryable = "unplayable", False


async def export(client: Client, settings: Settings, asked: str, *, masked: bool = True) -> Exported:
    """Raises as `executions.find`; Refused for what has not ended by itself; Unplayable with the difference."""
    workflow_id = await executions.find(client, asked)
    handle = client.get_workflow_handle(workflow_id)
    found = await handle.describe()
    pipeline_named(found.workflow_type)
    _check_ended(found)
    history, result = await whole_history(client, workflow_id), await result_of(handle)
    _check_told(result, history)
    exported = _exported(found, history, result, _veil(settings, history, masked))
    await _check_plays(exported, history, masked)
    return exported


def page(exported: Exported) -> str:
    """The text of the pytest module."""
    return PAGE.format(
        workflow_id=exported.workflow_id,
        outcome=exported.expected.outcome,
        on=f"{datetime.now(UTC):%Y-%m-%d}",
        document=exported.write(),
    )


def _exported(
    found: WorkflowExecutionDescription, history: WorkflowHistory, result: Result, veil: Veil
) -> Exported:
    told = cast(JsonValue, expected(result).model_dump(mode="json"))
    return Exported(
        pipeline=found.workflow_type,
        workflow_id=found.id,
        expected=Expected.model_validate(veil.json(told)),
        history=legible(history, veil),
    )


def _veil(settings: Settings, history: WorkflowHistory, masked: bool) -> Veil:
    folders = {
        settings.artifacts_url: "/artifacts",
        str(settings.published_folder): "/published",
        str(Path.cwd()): "/project",
        str(Path.home()): "/home/somebody",
    }
    named = {folder: instead for folder, instead in folders.items() if len(Path(folder).parts) > 1}
    return Veil(named, hashes_in(history), masked)


def _check_ended(found: WorkflowExecutionDescription) -> None:
    if found.status in ENDED:
        return
    how = found.status.name.lower().replace("_", " ") if found.status else "unknown"
    raise Refused(
        f"{found.id} has not ended by itself, it is {how}: there is no end that a test could expect",
        where="ID",
        hint="`fiberwise record ID FILE` keeps its history, which `fiberwise replay` runs through today's code",
    )


def _check_told(result: Result, history: WorkflowHistory) -> None:
    """Of a cancelled run only a worker can tell how it went: its history has no result."""
    did = any(event.HasField("activity_task_scheduled_event_attributes") for event in history.events)
    if did and not result.execution_log:
        raise ServiceUnavailable(
            "no worker is there to tell how the run went",
            where=history.workflow_id,
            hint="start `fiberwise worker` or `fiberwise dev`, then export it again",
        )


async def _check_plays(exported: Exported, history: WorkflowHistory, masked: bool) -> None:
    try:
        await exported.replay()
        ended = await exported.play()
    except RuntimeError as error:  # the SDK's for a replay that fails, nondeterminism included
        raise _unplayable(stumbled(error, history.events), masked) from error
    for field in Expected.model_fields:
        then, now = getattr(exported.expected, field), getattr(ended, field)
        if then != now:
            raise _unplayable(f"{field}: {str(then)[:150]} became {str(now)[:150]}", masked)


def _unplayable(difference: str, masked: bool) -> Unplayable:
    hint = "perhaps the masks are the reason: --unmasked leaves them out. " if masked else ""
    hint += "Else the code has changed since: `fiberwise record ID FILE` keeps the history"
    return Unplayable(
        f"today's code does not do the same again: {difference}", where="export-test", hint=hint
    )


PAGE = """\
# ruff: noqa: E501
\"\"\"What {workflow_id} did, which ended {outcome}; written by `fiberwise export-test` on {on}.

The same value has the same mask. Read it before you send it: data may say what no pattern knows.
\"\"\"

from starter.exporting import Exported

EXECUTION = Exported.read(
    r'''
{document}
'''
)


async def test_todays_code_gives_the_same_commands():
    await EXECUTION.replay()


async def test_with_its_steps_stubbed_it_ends_the_same():
    assert await EXECUTION.play() == EXECUTION.expected
"""
