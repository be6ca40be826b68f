"""Temporal's external storage, kept in the artifact store: the same payload is one file, verified when read."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    StorageDriver,
    StorageDriverClaim,
    StorageDriverRetrieveContext,
    StorageDriverStoreContext,
)
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.errors import ArtifactCorrupt, ArtifactMissing


class Files(Protocol):
    """The part of the artifact store that payloads need; blocking."""

    def put_bytes(self, data: bytes, format: str) -> Artifact: ...
    def read_bytes(self, artifact: Artifact) -> bytes: ...


class ArtifactPayloads(StorageDriver):
    """Stores serialised payloads by content."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def name(self) -> str:
        return "fiberwise-artifacts"

    async def store(
        self, context: StorageDriverStoreContext, payloads: Sequence[Payload]
    ) -> list[StorageDriverClaim]:
        return [await asyncio.to_thread(self._put, payload) for payload in payloads]

    async def retrieve(
        self, context: StorageDriverRetrieveContext, claims: Sequence[StorageDriverClaim]
    ) -> list[Payload]:
        return [await asyncio.to_thread(self._get, claim) for claim in claims]

    def _put(self, payload: Payload) -> StorageDriverClaim:
        stored = self._files.put_bytes(payload.SerializeToString(deterministic=True), "payload")
        return StorageDriverClaim({"uri": stored.uri, "sha256": stored.sha256, "bytes": str(stored.bytes)})

    def _get(self, claim: StorageDriverClaim) -> Payload:
        data = claim.claim_data
        stored = Artifact(uri=data["uri"], sha256=data["sha256"], bytes=int(data["bytes"]), format="payload")
        try:
            return Payload.FromString(self._files.read_bytes(stored))
        except (ArtifactMissing, ArtifactCorrupt) as error:
            raise ApplicationError(str(error), type=type(error).__name__, non_retryable=True) from error
