"""Laying chunks out as tables of text, each by itself."""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import polars as pl

from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Artifact, Chunks, SetAside
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.stream import Part, RawChunk
from fiberwise.datasets.chunks import read_chunk
from fiberwise.datasets.columns import text_frame
from fiberwise.datasets.compression import BLOCK
from fiberwise.datasets.delimited import delimited_part
from fiberwise.datasets.json_rows import json_lines
from fiberwise.datasets.layout import keep, write_table
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.parquet import parquet_rows
from fiberwise.datasets.reading import joined
from fiberwise.datasets.source import BadRow, Facts, How, Source
from fiberwise.store.artifacts import ArtifactStore


class LaidOut(Payload):
    """What a part of the lay-out refers to: the table of a chunk, its columns, and its ragged rows."""

    table: Artifact
    rows: int
    names: tuple[str, ...]
    set_aside: SetAside = SetAside()


def lay_out_chunk(request: Request, chunks: Chunks, number: int, store_url: str, limits: Limits) -> Part:
    """Writes the rows of one raw chunk as text columns in Parquet; the part's file is a `LaidOut`.

    Raises BadInput as the reading of the whole does, naming lines of the source; ArtifactMissing, ArtifactCorrupt.
    """
    store = ArtifactStore(store_url)
    raw = read_chunk(store, chunks, number)
    if not isinstance(raw, RawChunk):
        raise TypeError(f"chunk {number} is laid out already")
    source = _source(request, chunks, limits)
    frame, bad_rows = _read(store, chunks, raw, source, How(request.on_bad_rows))
    laid = LaidOut(
        table=write_table(store, frame),
        rows=frame.height,
        names=tuple(frame.columns),
        set_aside=keep(bad_rows, store),
    )
    file = store.put_bytes(laid.model_dump_json().encode(), "json")
    return Part(number=number, file=file, rows=frame.height, bytes=raw.bytes)


def _source(request: Request, chunks: Chunks, limits: Limits) -> Source:
    """What errors name; what is read comes from the store."""
    uri = chunks.origin.uri if chunks.origin else chunks.list.uri
    return Source(Path(), request.source or request.data or uri, limits)


def _read(
    store: ArtifactStore, chunks: Chunks, raw: RawChunk, source: Source, how: How
) -> tuple[pl.DataFrame, list[BadRow]]:
    facts = Facts("csv", delimiter=chunks.origin.delimiter if chunks.origin else None)
    empty, names = pl.DataFrame(), chunks.names or ()
    if raw.format == "parquet":
        frames = _typed(store, raw, source, names)
    elif raw.format == "jsonl":
        frames = json_lines(source, _texts(store, raw), raw.first_line)
    else:
        empty = text_frame([], names)
        above = names if raw.number else ()
        frames = delimited_part(source, _texts(store, raw), how, facts, above, raw.first_line)
    return joined(_within(source, raw), chain((empty,), frames)), facts.bad_rows


def _within(source: Source, raw: RawChunk) -> Source:
    """Rows of a chunk are counted from its first: how many are above it is not known yet."""
    return replace(source, name=f"{source.name} (chunk {raw.number + 1})")


def _texts(store: ArtifactStore, raw: RawChunk) -> Iterator[str]:
    data = store.read_range(raw.uri, raw.offset, raw.bytes, raw.sha256)
    blocks = (data[at : at + BLOCK] for at in range(0, len(data), BLOCK))
    return codecs.iterdecode(blocks, "utf-8")


def _typed(
    store: ArtifactStore, raw: RawChunk, source: Source, names: Sequence[str]
) -> Iterator[pl.DataFrame]:
    file = Artifact(uri=raw.uri, format=raw.format, bytes=raw.bytes, sha256=raw.sha256)
    with store.fetched(file) as path:
        for frame in parquet_rows(replace(_within(source, raw), path=path)):
            if frame.columns != list(names):
                what = f"chunk {raw.number + 1} has other columns than the chunks before it"
                raise source.refused(what, "give all row groups the same columns")
            yield frame
