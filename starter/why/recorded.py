"""What the record store adds: the run to compare with, and the log of one that nobody can ask any more. All block."""

from pydantic import JsonValue

from fiberwise.contracts.errors import ArtifactCorrupt, ArtifactMissing
from fiberwise.contracts.execution import Entry, Metadata
from fiberwise.contracts.record import ExecutionFilter, StoredExecution
from fiberwise.runtime.settings import Settings
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.bounds import whole_value
from fiberwise.store.queries import executions, get_execution
from fiberwise.store.reading import reading
from starter.why.facts import Earlier, Facts


def recorded_log(settings: Settings, execution_id: str) -> list[Entry]:
    """Empty where nothing is on record. Raises as `reading`, as do all here."""
    with reading(settings.database_url) as engine:
        found = get_execution(engine, execution_id) if engine else None
        return found.execution_log if found else []


def last_good(settings: Settings, facts: Facts) -> Earlier | None:
    """The last run of the same pipeline and source before this one that ended full."""
    wanted = ExecutionFilter(
        pipeline=facts.seen.pipeline,
        outcome="full",
        source=facts.origin.source,
        until=facts.seen.started_at,
        limit=1,
    )
    with reading(settings.database_url) as engine:
        found = executions(engine, wanted) if engine else []
        stored = get_execution(engine, found[0].execution_id) if engine and found else None
    return _earlier(stored, ArtifactStore(settings.artifacts_url)) if stored else None


def _earlier(found: StoredExecution, artifacts: ArtifactStore) -> Earlier:
    return Earlier(
        found.execution_id,
        found.started_at,
        found.duration_ms,
        found.execution_log,
        _metadata(found.output_data, artifacts),
    )


def _metadata(output: JsonValue, artifacts: ArtifactStore) -> Metadata:
    """With the versions that ran it; bare where the artifact store has lost a large output."""
    try:
        whole = whole_value(output, artifacts)
    except (ArtifactMissing, ArtifactCorrupt):
        return Metadata()
    told = whole.get("metadata") if isinstance(whole, dict) else None
    return Metadata.model_validate(told or {})
