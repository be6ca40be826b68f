"""Columns in which a cast would make rows equal that differ as texts: found by the hashes of rows as values."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from activities.agents.data_processor.streamed.chunk_cleaning import kept_rows
from activities.agents.data_processor.streamed.planning import read_casts, row_ranges
from activities.agents.data_processor.streamed.repeats import (
    all_alike,
    at_hand,
    by_chunk,
    in_ranges,
    scratch,
    write,
)
from activities.agents.data_processor.streamed.surveying import chunks_of
from fiberwise.contracts.cleaning import Cleaning, Plan
from fiberwise.contracts.dataset import Artifact
from fiberwise.datasets.assembling import table_chunk
from fiberwise.store.artifacts import ArtifactStore


def colliding(
    store: ArtifactStore, cleaning: Cleaning, plan: Plan, hashes: Sequence[Artifact], rows: int
) -> list[int]:
    """The places of the columns that are cast, in which rows differ as texts that are equal as values.

    A second look at the chunks is taken only where some rows are equal as values, and at these rows alone.
    """
    with at_hand(store, hashes) as paths, scratch() as alike, scratch() as told:
        found, members = list[Path](), 0
        ranges = row_ranges(store, chunks_of(cleaning))
        for number, equal in by_chunk(alike, all_alike(paths, rows), ranges):
            found.append(told / f"{number}.parquet")
            members += equal.height
            write(found[-1], _with_texts(store, cleaning, plan, number, equal), "high")
        return sorted(_differing(found, members * (1 + len(read_casts(store, plan)) // 4)))


def _with_texts(
    store: ArtifactStore, cleaning: Cleaning, plan: Plan, number: int, equal: pl.DataFrame
) -> pl.DataFrame:
    """These rows of a chunk, with the hash of each text that is cast, under the place of its column."""
    kept = kept_rows(store, cleaning, table_chunk(store, chunks_of(cleaning), number), plan)
    these = kept.rows.is_in(equal["row"].implode())
    columns = [column for piece in kept.pieces for column in piece.filter(these).iter_columns()]
    places = [cast.place for cast in read_casts(store, plan)]
    return equal.hstack([columns[place].alias("").hash().alias(str(place)) for place in places])


def _differing(paths: Sequence[Path], rows: int) -> set[int]:
    places = set[int]()
    for table in in_ranges(paths, rows):
        places |= set(_in_range(table))
    return places


def _in_range(table: pl.DataFrame) -> Iterator[int]:
    names = table.columns[3:]
    if not table.height or not names:
        return
    forms = table.group_by("high", "low").agg(pl.col(names).n_unique()).select(pl.col(names).max())
    yield from (int(name) for name, most in zip(names, forms.row(0), strict=True) if most > 1)
