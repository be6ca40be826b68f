"""The first look at each chunk: as what its columns can be read, and the hashes of its rows."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

from collections.abc import Iterator
from functools import reduce
from operator import and_

import polars as pl

from activities.agents.data_processor.cells import nulled, trimmed
from activities.agents.data_processor.rules import without_value
from activities.agents.data_processor.streamed.fitting import Fit, fit_columns
from activities.agents.data_processor.streamed.repeats import keep, row_hashes
from fiberwise.contracts.cleaning import Cleaning, Rule
from fiberwise.contracts.dataset import Artifact, Chunks
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.stream import Part, TableChunk
from fiberwise.datasets.assembling import chunk_columns, table_chunk
from fiberwise.store.artifacts import ArtifactStore

CELLS = 500_000
"""Of the columns that are held in several forms at a time, about."""


class Survey(Payload):
    """Of one chunk. `hashes` are of its rows, if duplicates are looked for, by the `engine` of this version."""

    rows: int
    rules: tuple[Rule, ...]
    columns: list[Fit] = []
    hashes: Artifact | None = None
    engine: str = pl.__version__


def survey_chunk(cleaning: Cleaning, chunk: TableChunk, store_url: str) -> Part:
    """Finds out what the plan needs of one chunk. Raises ArtifactMissing and ArtifactCorrupt."""
    store = ArtifactStore(store_url)
    pieces = [_after(piece, cleaning) for piece in given_pieces(store, cleaning, chunk)]
    pieces, rows = with_values(pieces, cleaning, chunk)
    hashes = None
    if Rule.DUPLICATE_ROWS in cleaning.rules and len(rows):
        table = row_hashes(pl.concat(pieces, how="horizontal"), rows, cleaning.dataset.sha256)
        hashes = keep(store, table, "high")
    fits = (fit for piece in pieces for fit in fit_columns(piece))
    survey = Survey(
        rows=chunk.rows,
        rules=cleaning.rules,
        columns=list(fits) if Rule.CASTS in cleaning.rules else [],
        hashes=hashes,
    )
    file = store.put_bytes(survey.model_dump_json().encode(), "json")
    return Part(number=chunk.number, file=file, rows=chunk.rows, bytes=chunk.table.bytes)


def given_pieces(store: ArtifactStore, cleaning: Cleaning, chunk: TableChunk) -> Iterator[pl.DataFrame]:
    """The cells of a chunk as given, some neighbouring columns at a time, in order.

    Each form of a table of texts takes as much memory as the chunk's text and more: of few columns all forms are held.
    """
    return chunk_columns(store, chunks_of(cleaning), chunk, CELLS)


def chunks_of(cleaning: Cleaning) -> Chunks:
    """Raises TypeError for a data set that does not stream."""
    if cleaning.dataset.chunks is None:
        raise TypeError(f"{cleaning.dataset.about} is in no chunks")
    return cleaning.dataset.chunks


def chunk_of(cleaning: Cleaning, number: int, store_url: str) -> TableChunk:
    """One chunk of the data set. Raises ArtifactMissing and ArtifactCorrupt."""
    return table_chunk(ArtifactStore(store_url), chunks_of(cleaning), number)


def cell_rules(cells: pl.DataFrame, cleaning: Cleaning) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """The cells after each rule that looks at one cell at a time."""
    if Rule.TRIM in cleaning.rules:
        cells = trimmed(cells)
        yield Rule.TRIM, cells
    if Rule.NULL_TOKENS in cleaning.rules:
        yield Rule.NULL_TOKENS, nulled(cells, cleaning.null_tokens)


def with_values(
    pieces: list[pl.DataFrame], cleaning: Cleaning, chunk: TableChunk
) -> tuple[list[pl.DataFrame], pl.Series]:
    """The cells without the rows that the rule for empty ones takes, and the row of each in the data set (from 0)."""
    rows = pl.int_range(chunk.first_row, chunk.first_row + chunk.rows, eager=True).alias("row")
    if Rule.EMPTY_ROWS not in cleaning.rules:
        return pieces, rows
    return without(pieces, rows, reduce(and_, map(without_value, pieces)))


def without(
    pieces: list[pl.DataFrame], rows: pl.Series, doomed: pl.Series
) -> tuple[list[pl.DataFrame], pl.Series]:
    """The pieces, which are taken over, and the numbers of their rows, where `doomed` is false."""
    if doomed.any():
        for place, piece in enumerate(pieces):
            pieces[place] = piece.filter(~doomed)
        rows = rows.filter(~doomed)
    return pieces, rows


def _after(cells: pl.DataFrame, cleaning: Cleaning) -> pl.DataFrame:
    for _, after in cell_rules(cells, cleaning):
        cells = after
    return cells
