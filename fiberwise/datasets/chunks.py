"""A data set in chunks: cutting it without reading it whole, and the list of what came of that."""

import json
from collections.abc import Iterable, Iterator

from fiberwise.contracts.dataset import Artifact, Chunks, Origin
from fiberwise.contracts.errors import ArtifactCorrupt, ArtifactMissing
from fiberwise.contracts.stream import RawChunk, TableChunk
from fiberwise.datasets.columns import no_columns
from fiberwise.datasets.parquet_chunks import cut_parquet
from fiberwise.datasets.recognise import recognise
from fiberwise.datasets.source import Source
from fiberwise.datasets.text_chunks import cut_text
from fiberwise.store.artifacts import ArtifactStore, hash_file

CHUNK_BYTES = 16 << 20
"""Of source text, in one chunk: its record that is begun within them is its last."""

NO_STREAM = {
    "json": ("is a JSON array, which does not stream", "make JSON Lines of it: `jq -c '.[]' FILE`"),
    "xlsx": ("is a workbook, which does not stream", "save the sheet as CSV"),
}


def cut(source: Source, artifact: Artifact, store: ArtifactStore, chunk_bytes: int = CHUNK_BYTES) -> Chunks:
    """Cuts `source`, which is a local copy of `artifact`, at the ends of records: one pass, in bounded memory.

    Chunks of plain UTF-8 are ranges of the artifact itself; else the text is written once as UTF-8, decompressed.
    Parquet is written anew, some row groups in each file. Raises BadInput for what cannot be read or does not stream,
    ArtifactCorrupt for a file that is replaced in the meantime.
    """
    facts = recognise(source)
    if facts.format in NO_STREAM:
        what, hint = NO_STREAM[facts.format]
        raise source.refused(what, f"{hint}; or run it without streaming, if it fits into memory")
    by_format = cut_parquet if facts.format == "parquet" else cut_text
    found, names = by_format(source, artifact, store, facts, chunk_bytes)
    if not found:
        raise no_columns(source)
    _check_unchanged(source, artifact)
    origin = Origin(
        uri=artifact.uri,
        format=facts.format,
        encoding=facts.encoding,
        compression=facts.compression,
        delimiter=facts.delimiter,
        bytes=artifact.bytes,
        sha256=artifact.sha256,
    )
    return Chunks(list=listed(store, found), count=len(found), raw=True, names=names, origin=origin)


def listed(store: ArtifactStore, chunks: Iterable[RawChunk | TableChunk]) -> Artifact:
    """The file that `Chunks.list` refers to."""
    return store.put_bytes("".join(f"{chunk.model_dump_json()}\n" for chunk in chunks).encode(), "jsonl")


def read_chunk(store: ArtifactStore, chunks: Chunks, number: int) -> RawChunk | TableChunk:
    """One chunk of the list. Raises ArtifactMissing and ArtifactCorrupt."""
    lines = store.read_bytes(chunks.list).splitlines()
    if not 0 <= number < len(lines):
        hint = "is the list of another data set?"
        raise ArtifactMissing(f"there is no chunk {number} of {len(lines)}", where=chunks.list.uri, hint=hint)
    return _chunk(lines[number], chunks.raw)


def read_chunks(store: ArtifactStore, chunks: Chunks) -> Iterator[RawChunk | TableChunk]:
    """All chunks in order. Raises as `read_chunk`."""
    for line in store.read_bytes(chunks.list).splitlines():
        yield _chunk(line, chunks.raw)


def _chunk(line: bytes, raw: bool) -> RawChunk | TableChunk:
    return (RawChunk if raw else TableChunk).model_validate(json.loads(line))


def _check_unchanged(source: Source, artifact: Artifact) -> None:
    if hash_file(source.path) != artifact.sha256:
        hint = "let nothing write to it while a run reads it, and run again"
        raise ArtifactCorrupt(f"{source.name} was changed while it was read", where=source.name, hint=hint)
