"""The activity with which every run ends: it keeps the final record, and says what the worker runs on."""

import asyncio
import platform
from importlib.metadata import version

from pydantic import JsonValue
from pydantic_core import to_json
from temporalio import activity

from fiberwise.contracts.execution import KEPT_ENTRIES, Recorded, Versions
from fiberwise.contracts.record import RECORD, FinalRecord
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.recorder import Recorder


def versions() -> Versions:
    """Of this process."""
    return Versions(
        project_version=version("fiberwise-pipelines"),
        sdk_version=version("temporalio"),
        python_version=platform.python_version(),
    )


class Recording:
    """Registered on every worker: one without a store keeps nothing, but histories replay on it."""

    def __init__(self, recorder: Recorder | None, artifacts: ArtifactStore) -> None:
        self._recorder, self._artifacts, self._versions = recorder, artifacts, versions()

    @activity.defn(name=RECORD)
    async def record(self, record: FinalRecord) -> Recorded:
        if len(record.execution_log) > KEPT_ENTRIES:
            record = await asyncio.to_thread(self._with_rest_beside, record)
        if self._recorder:
            await self._recorder.record_final(_with_versions(record, self._versions))
        return Recorded(**self._versions.model_dump(), log_artifact=record.log_artifact)

    def _with_rest_beside(self, record: FinalRecord) -> FinalRecord:
        rest = to_json(record.execution_log[KEPT_ENTRIES:], inf_nan_mode="strings")
        return record.model_copy(update={"log_artifact": self._artifacts.put_bytes(rest, "json").uri})


def _with_versions(record: FinalRecord, found: Versions) -> FinalRecord:
    output = record.output_data
    metadata = output.get("metadata") if isinstance(output, dict) else None
    if not isinstance(output, dict) or not isinstance(metadata, dict):
        return record
    changed: JsonValue = {**output, "metadata": {**metadata, **found.model_dump()}}
    return record.model_copy(update={"output_data": changed})
