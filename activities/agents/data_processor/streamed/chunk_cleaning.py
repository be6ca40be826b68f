"""Cleaning one chunk by the plan: by the same rules as the whole, of which the plan decides what others hang on."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from activities.agents.data_processor.casting import Cast, cast, making_nulls
from activities.agents.data_processor.cleaning import labelled, write_output
from activities.agents.data_processor.naming import clean_names
from activities.agents.data_processor.rules import EXAMPLES
from activities.agents.data_processor.streamed.counting import Changes, changes_of
from activities.agents.data_processor.streamed.fitting import read_as_chosen
from activities.agents.data_processor.streamed.planning import read_casts, read_repeats
from activities.agents.data_processor.streamed.repeats import keep, row_hashes
from activities.agents.data_processor.streamed.surveying import cell_rules, chunks_of, with_values
from fiberwise.contracts.cleaning import Cleaning, Plan, Rule
from fiberwise.contracts.dataset import Artifact, SetAside
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.stream import Part, TableChunk
from fiberwise.datasets.assembling import chunk_cells
from fiberwise.store.artifacts import ArtifactStore


class Cleaned(Payload):
    """Of one chunk: `empty` and `repeated` rows were taken out, of the former the first are in `first_empty` (from 1).

    `rewritten` are the places of columns whose casts change some text, `nulling` those of which one would become a
    null token. `hashes` are of the rows as values, where duplicates were taken out and a column is cast.
    """

    rows_in: int
    output: Artifact
    rows_out: int
    set_aside: SetAside = SetAside()
    changes: list[Changes] = []
    empty: int = 0
    first_empty: list[int] = []
    repeated: int = 0
    rewritten: list[int] = []
    nulling: list[int] = []
    hashes: Artifact | None = None


@dataclass
class Kept:
    """The rows of a chunk that stay, by their number in the data set (from 0), as texts; and what went before."""

    given: pl.DataFrame
    cells: pl.DataFrame
    rows: pl.Series
    changes: list[Changes] = field(default_factory=list)
    removed: dict[Rule, pl.Series] = field(default_factory=dict)


def clean_chunk(cleaning: Cleaning, chunk: TableChunk, plan: Plan, store_url: str) -> Part:
    """Stores the cleaned rows of a chunk and those taken out; the part's file is a `Cleaned`.

    Raises ArtifactMissing and ArtifactCorrupt, BadInput for a chunk that the plan does not know.
    """
    store, cleaning = ArtifactStore(store_url), cleaning.model_copy(update={"rules": plan.rules})
    if chunk.number in plan.unknown:
        what = f"chunk {chunk.number + 1} was not surveyed: what it holds is not in the plan"
        raise BadInput(what, where=cleaning.dataset.about, hint="redrive it from the survey on")
    kept = kept_rows(store, cleaning, chunk, plan)
    casts = casts_of(store, kept.cells, plan) if Rule.CASTS in plan.rules else {}
    cleaned = _stored(store, cleaning, chunk, plan, kept, casts)
    file = store.put_bytes(cleaned.model_dump_json().encode(), "json")
    return Part(number=chunk.number, file=file, rows=chunk.rows, bytes=chunk.table.bytes)


def kept_rows(store: ArtifactStore, cleaning: Cleaning, chunk: TableChunk, plan: Plan) -> Kept:
    """What is left of a chunk before the casts."""
    given = chunk_cells(store, chunks_of(cleaning), chunk)
    cells, changes = given, list[Changes]()
    for rule, after in cell_rules(cells, cleaning):
        changes += changes_of(rule, cells, after)
        cells = after
    every = pl.int_range(chunk.first_row, chunk.first_row + chunk.rows, eager=True).alias("row")
    cells, rows = with_values(cells, cleaning, chunk)
    removed = {Rule.EMPTY_ROWS: every.filter(~every.is_in(rows.implode()))} if len(rows) < len(every) else {}
    repeats = read_repeats(store, plan, chunk.number)
    if repeats:
        with store.fetched(repeats.table) as path:
            doomed = rows.is_in(pl.read_parquet(path, columns=["row"])["row"].implode())
        removed[Rule.DUPLICATE_ROWS] = rows.filter(doomed)
        cells, rows = cells.filter(~doomed), rows.filter(~doomed)
    return Kept(given, cells, rows, changes, removed)


def casts_of(store: ArtifactStore, cells: pl.DataFrame, plan: Plan) -> dict[int, Cast]:
    """Place -> the column as the plan reads it."""
    places = {name: place for place, name in enumerate(cells.columns)}
    readings = read_as_chosen(cells, read_casts(store, plan))
    return {places[reading.values.name]: cast(reading) for reading in readings}


def hashes_of_values(cleaning: Cleaning, kept: Kept, casts: Mapping[int, Cast]) -> pl.DataFrame:
    values = kept.cells.with_columns(cast.values for cast in casts.values())
    return row_hashes(values, kept.rows, cleaning.dataset.sha256)


def _stored(
    store: ArtifactStore,
    cleaning: Cleaning,
    chunk: TableChunk,
    plan: Plan,
    kept: Kept,
    casts: Mapping[int, Cast],
) -> Cleaned:
    texts = kept.cells.with_columns(cast.texts for cast in casts.values())
    changes = changes_of(Rule.CASTS, kept.cells, texts)
    rewritten = [change.place for change in changes]
    output = kept.cells.with_columns(cast.values for cast in casts.values())
    if Rule.SNAKE_CASE in plan.rules:
        output = output.rename(dict(zip(output.columns, clean_names(output.columns), strict=True)))
    hashes = None
    if casts and Rule.DUPLICATE_ROWS in plan.rules:
        hashes = keep(store, hashes_of_values(cleaning, kept, casts), "high")
    empty = kept.removed.get(Rule.EMPTY_ROWS, pl.Series(dtype=pl.Int64))
    return Cleaned(
        rows_in=chunk.rows,
        output=write_output(store, output),
        rows_out=output.height,
        set_aside=_set_aside(store, chunk, kept),
        changes=[*kept.changes, *changes],
        empty=len(empty),
        first_empty=[row + 1 for row in empty.head(EXAMPLES)],
        repeated=len(kept.removed.get(Rule.DUPLICATE_ROWS, ())),
        rewritten=rewritten,
        nulling=_nulling(casts, rewritten, cleaning.null_tokens),
        hashes=hashes,
    )


def _nulling(casts: Mapping[int, Cast], rewritten: Sequence[int], tokens: Sequence[str]) -> list[int]:
    names = set(
        making_nulls([casts[place].texts for place in rewritten], [token.strip() for token in tokens])
    )
    return [place for place in rewritten if casts[place].texts.name in names]


def _set_aside(store: ArtifactStore, chunk: TableChunk, kept: Kept) -> SetAside:
    taken = [
        pl.DataFrame({"rule": rule.value, "row": rows - chunk.first_row + 1})
        for rule, rows in kept.removed.items()
        if len(rows)
    ]
    if not taken:
        return SetAside()
    table = labelled(kept.given, pl.concat(taken), chunk.first_row)
    return SetAside(uri=write_output(store, table).uri, rows=table.height)
