"""Casts of columns to their kinds, where nothing gets lost by it."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from activities.agents.data_processor.cells import is_token
from activities.agents.data_processor.kinds import Reading, read_columns
from fiberwise.contracts.dataset import Kind
from fiberwise.datasets.canonical import column_text


class Cast(NamedTuple):
    """A column as values of its kind, and the text that each will have when the output is read again."""

    values: pl.Series
    texts: pl.Series


def cast_columns(cells: pl.DataFrame, tokens: Sequence[str], unique: bool) -> list[Cast]:
    """The columns that can be cast; `unique` says that no two rows are equal.

    A column stays text where a cast would lose something, where a value's new form would be a null token, or where
    two rows would become equal that were not: else cleaning the result again would take more away.
    """
    casts = {
        reading.values.name: cast(reading)
        for reading in read_columns(cells)
        if reading.kind is not Kind.TEXT and not reading.lossy
    }
    changed = [name for name, cast in casts.items() if not cast.texts.equals(cells[name])]
    for name in making_nulls([casts[name].texts for name in changed], tokens):
        del casts[name]
    if unique and changed:
        for name in _colliding(cells, {name: cast.values for name, cast in casts.items()}):
            del casts[name]
    return list(casts.values())


def cast(reading: Reading) -> Cast:
    """A column that is not lossy as values of its kind."""
    values = reading.values
    if reading.in_utc:
        # Without its name, which polars' own look-up may take for a pattern (`^a|b$`).
        values = values.alias("").dt.replace_time_zone("UTC").alias(values.name)
    return Cast(values, column_text(values))


def making_nulls(texts: Sequence[pl.Series], tokens: Sequence[str]) -> list[str]:
    """The names of those in which some new text is a null token."""
    if not texts:
        return []
    found = (
        pl.DataFrame({text.name: text for text in texts})
        .select(is_token(pl.all(), tokens).any())
        .row(0, named=True)
    )
    return [name for name, some in found.items() if some]


def _colliding(cells: pl.DataFrame, typed: dict[str, pl.Series]) -> list[str]:
    """The typed columns in which rows differ as texts that are equal as values in every column."""
    values = cells.with_columns(typed.values())
    equal = values.is_duplicated()
    if not equal.any():
        return []
    texts = cells.select(cells[name].alias(f"text {place}") for place, name in enumerate(typed))
    groups = values.select(pl.all().name.map(lambda name: f"value {name}")).hstack(texts).filter(equal)
    by = groups.columns[: values.width]
    forms = groups.group_by(by).agg(pl.col(texts.columns).n_unique()).select(pl.col(texts.columns).max())
    return [name for name, most in zip(typed, forms.row(0), strict=True) if most > 1]
