"""Cutting Parquet: the rows of some row groups, typed as they are, written into a file of their own."""

from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.stream import RawChunk
from fiberwise.datasets.layout import write_table
from fiberwise.datasets.parquet import parquet_slices
from fiberwise.datasets.reading import seekable
from fiberwise.datasets.source import Facts, Source
from fiberwise.store.artifacts import ArtifactStore


def cut_parquet(
    source: Source, artifact: Artifact, store: ArtifactStore, facts: Facts, chunk_bytes: int
) -> tuple[list[RawChunk], tuple[str, ...]]:
    """The chunks, and the names of the columns. Raises BadInput."""
    chunks, names = list[RawChunk](), tuple[str, ...]()
    with seekable(source, facts) as plain:
        for number, frame in enumerate(parquet_slices(plain, chunk_bytes)):
            names = tuple(frame.columns)
            chunks.append(_chunk(number, write_table(store, frame)))
    return chunks, names


def _chunk(number: int, part: Artifact) -> RawChunk:
    return RawChunk(
        number=number, uri=part.uri, format="parquet", offset=0, bytes=part.bytes, sha256=part.sha256
    )
