"""The activity with which every run ends: it keeps the final record, and says what the worker runs on."""

import platform
from importlib.metadata import version

from pydantic import JsonValue
from temporalio import activity

from fiberwise.contracts.execution import Versions
from fiberwise.contracts.record import RECORD, FinalRecord
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

    def __init__(self, recorder: Recorder | None) -> None:
        self._recorder, self._versions = recorder, versions()

    @activity.defn(name=RECORD)
    async def record(self, record: FinalRecord) -> Versions:
        if self._recorder:
            await self._recorder.record_final(_with_versions(record, self._versions))
        return self._versions


def _with_versions(record: FinalRecord, found: Versions) -> FinalRecord:
    output = record.output_data
    metadata = output.get("metadata") if isinstance(output, dict) else None
    if not isinstance(output, dict) or not isinstance(metadata, dict):
        return record
    changed: JsonValue = {**output, "metadata": {**metadata, **found.model_dump()}}
    return record.model_copy(update={"output_data": changed})
