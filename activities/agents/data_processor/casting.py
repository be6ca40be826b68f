"""Casts of columns to their kinds, where nothing gets lost by it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars names numpy in its types, and numpy is not installed)

from collections.abc import Sequence

import polars as pl

from activities.agents.data_processor.cells import is_token
from activities.agents.data_processor.kinds import read_columns
from fiberwise.contracts.dataset import Kind
from fiberwise.datasets.canonical import column_text


def typed_columns(cells: pl.DataFrame, tokens: Sequence[str], unique: bool) -> dict[str, pl.Series]:
    """The columns that can be cast, as values of their kind; `unique` says that no two rows are equal.

    A column stays text where a cast would lose something, where a value's new form would be a null token, or where
    two rows would become equal that were not: else cleaning the result again would take more away.
    """
    typed = {
        reading.values.name: reading.values.dt.replace_time_zone("UTC") if reading.in_utc else reading.values
        for reading in read_columns(cells)
        if reading.kind is not Kind.TEXT and not reading.lossy
    }
    changed = [name for name, values in typed.items() if _changes(cells[name], values)]
    kept = [name for name in changed if _makes_null(typed[name], tokens)]
    if unique and changed:
        kept += _colliding(cells, {name: values for name, values in typed.items() if name not in kept})
    return {name: values for name, values in typed.items() if name not in kept}


def _changes(texts: pl.Series, values: pl.Series) -> bool:
    return not column_text(values).equals(texts)


def _makes_null(values: pl.Series, tokens: Sequence[str]) -> bool:
    return bool(pl.DataFrame({"": column_text(values)}).select(is_token(pl.col(""), tokens).any()).item())


def _colliding(cells: pl.DataFrame, typed: dict[str, pl.Series]) -> list[str]:
    """The typed columns in which rows differ as texts that are equal as values in every column."""
    values = cells.with_columns(typed.values())
    equal = values.is_duplicated()
    if not equal.any():
        return []
    texts = cells.select(pl.col(name).alias(f"text {place}") for place, name in enumerate(typed))
    groups = values.select(pl.all().name.map(lambda name: f"value {name}")).hstack(texts).filter(equal)
    by = groups.columns[: values.width]
    forms = groups.group_by(by).agg(pl.col(texts.columns).n_unique()).select(pl.col(texts.columns).max())
    return [name for name, most in zip(typed, forms.row(0), strict=True) if most > 1]
