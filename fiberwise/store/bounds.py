"""Keeps large data out of the tables: what is over the bound goes to the artifact store, and is read from there."""

from typing import TypeVar

from pydantic import JsonValue
from pydantic_core import from_json, to_json

from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.record import FinalRecord, RunningRecord
from fiberwise.store.artifacts import ArtifactStore

LARGEST = 64 * 1024
REFERENCE = {"uri", "sha256", "bytes"}

Record = TypeVar("Record", RunningRecord, FinalRecord)


def bounded(record: Record, artifacts: ArtifactStore) -> Record:
    """The record with input and output of at most 64 KB of JSON, else `{"uri", "sha256", "bytes"}` instead.

    Raises OSError when the artifact store cannot be written.
    """
    changed = {"input_data": bounded_value(record.input_data, artifacts)}
    if isinstance(record, FinalRecord):
        changed["output_data"] = bounded_value(record.output_data, artifacts)
    return record.model_copy(update=changed)


def bounded_value(value: JsonValue, artifacts: ArtifactStore) -> JsonValue:
    """The value itself, or a reference to it in the artifact store."""
    data = to_json(value, inf_nan_mode="null")
    if len(data) <= LARGEST:
        return value
    artifact = artifacts.put_bytes(data, "json")
    return {"uri": artifact.uri, "sha256": artifact.sha256, "bytes": artifact.bytes}


def whole_value(value: JsonValue, artifacts: ArtifactStore) -> JsonValue:
    """What `bounded_value` was given. Raises ArtifactMissing, ArtifactCorrupt where it lay in the artifact store."""
    if not isinstance(value, dict) or set(value) != REFERENCE:
        return value
    return from_json(artifacts.read_bytes(Artifact.model_validate({**value, "format": "json"})))
