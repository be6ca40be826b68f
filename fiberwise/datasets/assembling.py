"""Putting the laid out chunks of a data set together: the list of them is what later steps read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Chunks, Dataset, SetAside
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.stream import Missing, Part, TableChunk
from fiberwise.datasets.chunk_layout import LaidOut
from fiberwise.datasets.chunks import listed, read_chunk
from fiberwise.store.artifacts import ArtifactStore


def assemble_dataset(
    request: Request, chunks: Chunks, parts: Sequence[Part], missing: Sequence[Missing], store_url: str
) -> Dataset:
    """The data set of the chunks that could be laid out, numbered anew from 0; without a table of all rows.

    Columns are those of all chunks, as they first appear. Raises BadInput where no chunk is left, or no column.
    """
    store, origin = ArtifactStore(store_url), chunks.origin
    if origin is None:
        raise TypeError("these chunks were not cut from a source: there is nothing to say about it")
    name = request.source or request.data or origin.uri
    if not parts:
        reason = min(missing, key=lambda one: one.number).reason if missing else "there is none"
        raise BadInput(f"none of its {chunks.count:,} chunks could be read: {reason}", where=name)
    laid = [_laid(store, part) for part in sorted(parts, key=lambda part: part.number)]
    tables = _numbered(laid)
    names = tuple(dict.fromkeys(name for one in laid for name in one.names))
    if not names:
        raise BadInput("has no columns: no row has a key", where=name)
    rows = sum(one.rows for one in laid)
    held = Chunks(list=listed(store, tables), count=len(tables), rows=rows, names=names)
    return Dataset(
        **origin.model_dump(),
        rows=rows,
        columns=len(names),
        source=request.source or (None if store.owns(name) else name),
        set_aside=_ragged(store, laid),
        chunks=held,
    )


def chunk_cells(store: ArtifactStore, chunks: Chunks, chunk: TableChunk) -> pl.DataFrame:
    """The cells of a chunk as given: all columns of the data set in order, null where a row has none.

    Raises ArtifactMissing and ArtifactCorrupt.
    """
    return next(chunk_columns(store, chunks, chunk, cells=None))


def chunk_columns(
    store: ArtifactStore, chunks: Chunks, chunk: TableChunk, cells: int | None
) -> Iterator[pl.DataFrame]:
    """The same a few columns at a time: as many as have about so many cells (None: all)."""
    with store.fetched(chunk.table) as path:
        given = {name: place for place, name in enumerate(pl.read_parquet_schema(path))}
        names = chunks.names or tuple(given)
        width = len(names) if cells is None else max(1, cells // max(1, chunk.rows))
        for start in range(0, len(names), max(1, width)):
            yield _columns(path, chunk, given, names[start : start + width])


def table_chunk(store: ArtifactStore, chunks: Chunks, number: int) -> TableChunk:
    """One chunk of a data set that is laid out. Raises as `read_chunk`."""
    chunk = read_chunk(store, chunks, number)
    if not isinstance(chunk, TableChunk):
        raise TypeError(f"chunk {number} is not laid out yet")
    return chunk


def _columns(path: Path, chunk: TableChunk, given: Mapping[str, int], names: Sequence[str]) -> pl.DataFrame:
    # By their places: names are taken for patterns here too (`^a|b$`).
    places = sorted(given[name] for name in names if name in given)
    found = pl.read_parquet(path, columns=places, memory_map=False) if places else pl.DataFrame()
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, chunk.rows)
    return pl.DataFrame({name: found.get_column(name) if name in given else nothing for name in names})


def _laid(store: ArtifactStore, part: Part) -> LaidOut:
    return LaidOut.model_validate_json(store.read_bytes(part.file))


def _numbered(laid: Sequence[LaidOut]) -> list[TableChunk]:
    tables, first_row = list[TableChunk](), 0
    for number, one in enumerate(laid):
        tables.append(TableChunk(number=number, table=one.table, rows=one.rows, first_row=first_row))
        first_row += one.rows
    return tables


def _ragged(store: ArtifactStore, laid: Sequence[LaidOut]) -> SetAside:
    """The ragged rows of all chunks in one file."""
    uris = [one.set_aside.uri for one in laid if one.set_aside.uri]
    if not uris:
        return SetAside()
    with store.staged() as folder:
        path = folder / "ragged"
        with path.open("wb") as sink:
            sink.writelines(store.read_bytes(store.known(uri)) for uri in uris)
        file = store.adopt(path, "jsonl")
    return SetAside(uri=file.uri, rows=sum(one.set_aside.rows for one in laid))
