"""Cleaning one chunk by the plan: by the same rules as the whole, of which the plan decides what others hang on."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from activities.agents.data_processor.casting import cast, making_nulls
from activities.agents.data_processor.cleaning import labelled, write_output
from activities.agents.data_processor.naming import clean_names
from activities.agents.data_processor.rules import EXAMPLES
from activities.agents.data_processor.streamed.counting import Changes, changes_of
from activities.agents.data_processor.streamed.fitting import ColumnCast, read_as_chosen
from activities.agents.data_processor.streamed.planning import read_casts, read_repeats
from activities.agents.data_processor.streamed.repeats import keep, row_hashes
from activities.agents.data_processor.streamed.surveying import cell_rules, given_pieces, with_values, without
from fiberwise.contracts.cleaning import Cleaning, Plan, Rule
from fiberwise.contracts.dataset import Artifact, SetAside
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.stream import Part, TableChunk
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
    """The rows of a chunk that stay, by their number in the data set (from 0): texts, some columns in each piece."""

    pieces: list[pl.DataFrame]
    rows: pl.Series
    changes: list[Changes]
    removed: dict[Rule, pl.Series]


@dataclass
class Typed:
    """The same once they are cast, and what that changed."""

    pieces: list[pl.DataFrame]
    changes: list[Changes] = field(default_factory=list[Changes])
    nulling: list[int] = field(default_factory=list[int])


def clean_chunk(cleaning: Cleaning, chunk: TableChunk, plan: Plan, store_url: str) -> Part:
    """Stores the cleaned rows of a chunk and those taken out; the part's file is a `Cleaned`.

    Raises ArtifactMissing and ArtifactCorrupt, BadInput for a chunk that the plan does not know.
    """
    store, cleaning = ArtifactStore(store_url), cleaning.model_copy(update={"rules": plan.rules})
    if chunk.number in plan.unknown:
        what = f"chunk {chunk.number + 1} was not surveyed: what it holds is not in the plan"
        raise BadInput(what, where=cleaning.dataset.about, hint="redrive it from the survey on")
    cleaned = _cleaned(store, cleaning, chunk, plan)
    file = store.put_bytes(cleaned.model_dump_json().encode(), "json")
    return Part(number=chunk.number, file=file, rows=chunk.rows, bytes=chunk.table.bytes)


def kept_rows(store: ArtifactStore, cleaning: Cleaning, chunk: TableChunk, plan: Plan) -> Kept:
    """What is left of a chunk before the casts."""
    pieces, changes, place = list[pl.DataFrame](), list[Changes](), 0
    for cells in given_pieces(store, cleaning, chunk):
        before = cells
        for rule, after in cell_rules(before, cleaning):
            changes += changes_of(rule, place, before, after)
            before = after
        pieces.append(before)
        place += before.width
    pieces, rows = with_values(pieces, cleaning, chunk)
    removed = _others(chunk, rows)
    repeats = read_repeats(store, plan, chunk.number)
    if repeats:
        with store.fetched(repeats.table) as path:
            doomed = rows.is_in(pl.read_parquet(path, columns=["row"])["row"].implode())
        removed[Rule.DUPLICATE_ROWS] = rows.filter(doomed)
        pieces, rows = without(pieces, rows, doomed)
    return Kept(pieces, rows, changes, removed)


def _others(chunk: TableChunk, rows: pl.Series) -> dict[Rule, pl.Series]:
    if len(rows) == chunk.rows:
        return {}
    every = pl.int_range(chunk.first_row, chunk.first_row + chunk.rows, eager=True)
    return {Rule.EMPTY_ROWS: every.filter(~every.is_in(rows.implode()))}


def _cleaned(store: ArtifactStore, cleaning: Cleaning, chunk: TableChunk, plan: Plan) -> Cleaned:
    kept = kept_rows(store, cleaning, chunk, plan)
    casts = read_casts(store, plan) if Rule.CASTS in plan.rules else []
    typed = _typed(kept.pieces, casts, cleaning.null_tokens)
    output = pl.concat(typed.pieces, how="horizontal")
    hashes = None
    if casts and Rule.DUPLICATE_ROWS in plan.rules:
        hashes = keep(store, row_hashes(output, kept.rows, cleaning.dataset.sha256), "high")
    if Rule.SNAKE_CASE in plan.rules:
        output = output.rename(dict(zip(output.columns, clean_names(output.columns), strict=True)))
    empty = kept.removed.get(Rule.EMPTY_ROWS, pl.Series(dtype=pl.Int64))
    return Cleaned(
        rows_in=chunk.rows,
        output=write_output(store, output),
        rows_out=output.height,
        set_aside=_set_aside(store, cleaning, chunk, kept.removed),
        changes=[*kept.changes, *typed.changes],
        empty=len(empty),
        first_empty=[row + 1 for row in empty.head(EXAMPLES)],
        repeated=len(kept.removed.get(Rule.DUPLICATE_ROWS, ())),
        rewritten=[change.place for change in typed.changes],
        nulling=typed.nulling,
        hashes=hashes,
    )


def _typed(pieces: list[pl.DataFrame], casts: Sequence[ColumnCast], tokens: Sequence[str]) -> Typed:
    """Takes over the pieces: each is let go once it is cast."""
    typed, place = Typed(pieces), 0
    for number, cells in enumerate(pieces):
        made = [cast(reading) for reading in read_as_chosen(cells, place, casts)]
        texts = cells.with_columns(one.texts for one in made)
        changes = changes_of(Rule.CASTS, place, cells, texts)
        typed.changes += changes
        typed.nulling += _nulling(place, texts, changes, tokens)
        typed.pieces[number] = cells.with_columns(one.values for one in made)
        place += cells.width
    return typed


def _nulling(first: int, texts: pl.DataFrame, changes: Sequence[Changes], tokens: Sequence[str]) -> list[int]:
    columns = texts.get_columns()
    changed = {columns[change.place - first].name: change.place for change in changes}
    found = making_nulls([texts.get_column(name) for name in changed], [token.strip() for token in tokens])
    return [changed[name] for name in found]


def _set_aside(
    store: ArtifactStore, cleaning: Cleaning, chunk: TableChunk, removed: Mapping[Rule, pl.Series]
) -> SetAside:
    """The rows taken out, as they were given: the chunk is read again for them."""
    if not removed:
        return SetAside()
    taken = [pl.DataFrame({"rule": rule.value, "row": rows}) for rule, rows in removed.items()]
    labels = pl.concat(taken).sort("row")
    places = labels["row"] - chunk.first_row
    given = [piece[places] for piece in given_pieces(store, cleaning, chunk)]
    numbered = labels.with_columns(pl.col("row") + 1)
    table = labelled(pl.concat(given, how="horizontal"), numbered)
    return SetAside(uri=write_output(store, table).uri, rows=table.height)
