"""The first look at each chunk: as what its columns can be read, and the hashes of its rows."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

from collections.abc import Iterator

import polars as pl

from activities.agents.data_processor.cells import nulled, trimmed
from activities.agents.data_processor.rules import without_value
from activities.agents.data_processor.streamed.fitting import Fit, fit_columns
from activities.agents.data_processor.streamed.repeats import keep, row_hashes
from fiberwise.contracts.cleaning import Cleaning, Rule
from fiberwise.contracts.dataset import Artifact, Chunks
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.stream import Part, TableChunk
from fiberwise.datasets.assembling import chunk_cells, table_chunk
from fiberwise.store.artifacts import ArtifactStore


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
    cells = chunk_cells(store, chunks_of(cleaning), chunk)
    for _, after in cell_rules(cells, cleaning):
        cells = after
    cells, rows = with_values(cells, cleaning, chunk)
    hashes = None
    if Rule.DUPLICATE_ROWS in cleaning.rules and cells.height:
        hashes = keep(store, row_hashes(cells, rows, cleaning.dataset.sha256), "high")
    survey = Survey(
        rows=chunk.rows,
        rules=cleaning.rules,
        columns=fit_columns(cells) if Rule.CASTS in cleaning.rules else [],
        hashes=hashes,
    )
    file = store.put_bytes(survey.model_dump_json().encode(), "json")
    return Part(number=chunk.number, file=file, rows=chunk.rows, bytes=chunk.table.bytes)


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


def with_values(cells: pl.DataFrame, cleaning: Cleaning, chunk: TableChunk) -> tuple[pl.DataFrame, pl.Series]:
    """The cells without the rows that the rule for empty ones takes, and the row of each in the data set (from 0)."""
    rows = pl.int_range(chunk.first_row, chunk.first_row + cells.height, eager=True).alias("row")
    if Rule.EMPTY_ROWS not in cleaning.rules:
        return cells, rows
    empty = without_value(cells)
    return (cells.filter(~empty), rows.filter(~empty)) if empty.any() else (cells, rows)
