"""Columns, else pairs of columns, whose values identify a row."""

from collections.abc import Sequence
from itertools import combinations

import polars as pl

from activities.agents.data_processor.cells import picked
from fiberwise.contracts.profile import Column

MOST = 10
PAIRED = 40
"""Of more columns without nulls only those with most distinct values are paired: pairs grow as a square."""

PREFIXES = (1_000, 50_000)
"""Rows on which a pair must hold first: nearly every pair that is no key fails on the shortest."""


def find_keys(values: pl.DataFrame, columns: Sequence[Column]) -> list[list[str]]:
    """At most ten keys in source order: single columns, or pairs where no column alone identifies a row."""
    rows = values.height
    if not rows:
        return []
    full = [column for column in columns if not column.nulls]
    single = [[column.name] for column in full if column.distinct == rows]
    return single[:MOST] or _pairs(values, full)


def _pairs(values: pl.DataFrame, full: Sequence[Column]) -> list[list[str]]:
    widest = sorted(full, key=lambda column: -column.distinct)[:PAIRED]
    names = {column.name for column in widest}
    candidates = [column for column in full if column.name in names]
    keys: list[list[str]] = []
    for a, b in combinations(candidates, 2):
        if a.distinct * b.distinct >= values.height and _identify(values, a.name, b.name):
            keys.append([a.name, b.name])
        if len(keys) == MOST:
            break
    return keys


def _identify(values: pl.DataFrame, a: str, b: str) -> bool:
    pair = picked(values, (a, b))
    for rows in (*(prefix for prefix in PREFIXES if prefix < pair.height), pair.height):
        if pair.head(rows).n_unique() < rows:
            return False
    return True
