"""Tells of a data set what one pass of the standard library can: it works when the table engine does not."""

from collections import Counter

from temporalio import activity

from activities.functions.digest.rows import open_rows
from activities.functions.digest.table import Table
from activities.functions.generate_test_data import write_csv
from activities.functions.test_data.defects import Truth, told
from activities.resources import resources
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.data_digest import Digest, DigestedData
from fiberwise.contracts.dataset import Artifact, Generate
from fiberwise.contracts.profile import Extract
from fiberwise.datasets.arriving import fetch
from fiberwise.datasets.limits import MIB, Limits
from fiberwise.datasets.source import Facts, How, Source
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore

ROOM = 256 * MIB
"""What the figures keep in memory, about; a block of rows and its text come on top."""


@activity.defn
async def digest_dataset(request: Request) -> Digest:
    """The step: see `digest`."""
    return await compute(digest, request, resources().artifacts, resources().limits)


def digest(request: Request, store_url: str, limits: Limits, room: int = ROOM) -> Digest:
    """Reads the data set of a request, or makes the same one again that `generate` makes of it.

    Raises BadInput for what is no readable table, ServiceUnavailable for a source that cannot be reached.
    """
    store = ArtifactStore(store_url)
    artifact, truth = _at_hand(request, store, limits)
    table = Table(request.null_tokens, room)
    with store.fetched(artifact) as path:
        rows = open_rows(Source(path, request.data or artifact.uri, limits), How(request.on_bad_rows))
        for block in rows.blocks:
            table.add(block)
    extract = None if rows.unread else table.extract()
    data = _described(artifact, rows.facts, extract)
    data = data.model_copy(update={"source": _source(request, store), "planted": told(truth)})
    return Digest(dataset=data, extract=extract, sample=table.sample, missing=rows.missing)


def _described(artifact: Artifact, facts: Facts, extract: Extract | None) -> DigestedData:
    return DigestedData(
        uri=artifact.uri,
        format=facts.format,
        encoding=facts.encoding,
        compression=facts.compression,
        delimiter=facts.delimiter,
        bytes=artifact.bytes,
        sha256=artifact.sha256,
        rows=extract and extract.rows,
        columns=extract and len(extract.columns),
    )


def _source(request: Request, store: ArtifactStore) -> str | None:
    if request.data is None:
        spec = request.generate or Generate()
        return f"generated anew: {spec.shape}, seed {spec.seed}"
    return request.source or (None if store.owns(request.data) else request.data)


def _at_hand(request: Request, store: ArtifactStore, limits: Limits) -> tuple[Artifact, Truth]:
    """The data in the store, and what was planted in it if it is made."""
    truth: Truth = Counter()
    if request.data is not None and store.owns(request.data):
        return store.known(request.data), truth
    with store.staged() as folder:
        path = folder / "arriving"
        if request.data is None:
            write_csv(request.generate or Generate(), path, truth)
            return store.adopt(path, "csv"), truth
        sha256 = fetch(request.data, path, limits)
        facts = open_rows(Source(path, request.data, limits), How(request.on_bad_rows)).facts
        return store.adopt(path, facts.format, facts.suffix, sha256), truth
