"""Reads the record store for the starter. All of it blocks, for milliseconds, and raises as `reading`."""

from typing import Any

from pydantic import JsonValue
from sqlalchemy import Engine

from fiberwise.contracts.execution import Metadata, PipelineResult
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.record import Execution, StoredExecution
from fiberwise.contracts.view import ExecutionView
from fiberwise.orchestration.reconcile import FORGOTTEN
from fiberwise.runtime.settings import Settings
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.bounds import whole_value
from fiberwise.store.queries import find_execution, get_execution, matching
from fiberwise.store.reading import reading
from starter import answers
from starter.executions import only
from starter.kept import Kept

Result = PipelineResult[Any, Any]


def is_there(settings: Settings) -> bool:
    """Whether there is a store here to write to: a SQLite file that is elsewhere, or not yet, is none."""
    with reading(settings.database_url) as engine:
        return engine is not None


def recorded(settings: Settings, workflow_id: str) -> Execution | None:
    """What is on record of an execution, without its data; None when nothing is."""
    with reading(settings.database_url) as engine:
        return find_execution(engine, execution_id_of(workflow_id)) if engine else None


def stored(settings: Settings, asked: str) -> StoredExecution | None:
    """The record of the execution that `asked` is, or begins. Raises as `executions.find`; None without a store."""
    with reading(settings.database_url) as engine:
        if not engine or not asked.strip("/"):
            return None
        ids = {one.workflow_id: one.execution_id for one in _fitting(engine, asked)}
        return get_execution(engine, ids[only(asked, list(ids))])


def request_of(settings: Settings, execution_id: str) -> dict[str, Any] | None:
    """The request of an execution, as JSON; None where none is on record. Raises ArtifactMissing, ArtifactCorrupt."""
    with reading(settings.database_url) as engine:
        found = get_execution(engine, execution_id) if engine else None
    value = whole_value(found.input_data, ArtifactStore(settings.artifacts_url)) if found else None
    return value if isinstance(value, dict) else None


def kept(settings: Settings, found: StoredExecution) -> Kept:
    """A record as what a person sees of an execution. Raises ArtifactMissing, ArtifactCorrupt."""
    if found.status == "running":
        lost = {"status": "failed", "outcome": "failed", "reasons": [FORGOTTEN]}
        found = found.model_copy(update=lost)
    artifacts = ArtifactStore(settings.artifacts_url)
    result = _result(found, whole_value(found.output_data, artifacts))
    seen = {name: getattr(found, name) for name in ExecutionView.model_fields if hasattr(found, name)}
    view = ExecutionView.model_validate({**seen, "phase": "ended", "user": found.created_by})
    return Kept(view, answers.told(result, found.workflow_id, settings.artifacts_url))


def _fitting(engine: Engine, asked: str) -> list[Execution]:
    found = matching(engine, execution_id_of(asked)) or matching(engine, asked.rpartition("/")[2])
    return [one for one in found if "/" not in asked or one.workflow_id.startswith(asked)]


def _result(found: StoredExecution, output: JsonValue) -> Result:
    """What `final_record` was made of; of a record without output, what its columns say."""
    metadata = Metadata(
        user=found.created_by,
        run_ids=[found.run_id],
        **{name: getattr(found, name) for name in Metadata.model_fields if hasattr(found, name)},
    )
    columns = found.model_dump(include=set(Result.model_fields))
    known = {**columns, "results": None, "analysis": None, "metadata": metadata}
    told = output if isinstance(output, dict) else {}
    return Result.model_validate({**known, **told, "execution_log": found.execution_log})
