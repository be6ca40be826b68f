"""Correlations and outliers of the numeric columns."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars names numpy in its types, and numpy is not installed)

import math
from collections.abc import Sequence
from itertools import combinations

import polars as pl

from activities.agents.data_processor.cells import picked
from activities.agents.data_processor.figures import figure, number
from fiberwise.contracts.profile import Column
from fiberwise.contracts.synthesis import Correlation, Outliers

LISTED = 20
STRONG = 0.5
FEWEST = 3
"""Pairs from which a correlation says anything: through two points there is always a line."""

MOST, WORK = 100, 500_000_000
"""The first columns are correlated: at most so many, and so many that pairs x rows stay within WORK."""


def correlate(numbers: pl.DataFrame) -> list[Correlation]:
    """Pearson's r of the pairs of columns with |r| >= 0.5, over the rows where both are finite numbers."""
    columns = numbers.select(_finite(numbers[name]) for name in numbers.columns[: _bound(numbers.height)])
    found = [_pair(columns, a, b) for a, b in combinations(columns.columns, 2)]
    strong = [pair for pair in found if pair and abs(pair.pearson) >= STRONG]
    return sorted(strong, key=lambda pair: -abs(pair.pearson))[:LISTED]


def find_outliers(numbers: pl.DataFrame, columns: Sequence[Column]) -> list[Outliers]:
    """For each column that has some: how many values lie outside the fences round its quartiles."""
    known = {column.name: column for column in columns}
    found = (_outliers(values, known[values.name]) for values in numbers if values.name in known)
    return [outliers for outliers in found if outliers and outliers.count]


def _bound(rows: int) -> int:
    return min(MOST, max(10, math.isqrt(2 * WORK // max(rows, 1))))


def _finite(values: pl.Series) -> pl.Series:
    """Scaled to at most 1, so that no square overflows: r is the same in any unit."""
    # Without its name, which polars' own look-up may take for a pattern (`^a|b$`).
    plain = values.alias("")
    finite = plain.set(plain.is_infinite(), None)
    peak = max((abs(end) for end in (finite.min(), finite.max()) if isinstance(end, float)), default=0.0)
    return (finite / peak if peak else finite).alias(values.name)


def _pair(columns: pl.DataFrame, a: str, b: str) -> Correlation | None:
    both = picked(columns, (a, b)).drop_nulls()
    if both.height < FEWEST or both[a].n_unique() == 1 or both[b].n_unique() == 1:
        return None
    x, y = (both[name] - both[name].mean() for name in (a, b))
    spread = math.sqrt(float((x * x).sum())) * math.sqrt(float((y * y).sum()))
    if not spread:
        return None
    r = float((x * y).sum()) / spread
    return Correlation(a=a, b=b, pearson=max(-1.0, min(1.0, r)), n=both.height)


def _outliers(values: pl.Series, column: Column) -> Outliers | None:
    low, high = number(column.p25), number(column.p75)
    if low is None or high is None or math.isinf(low) or math.isinf(high):
        return None
    reach = 1.5 * (high - low)
    low, high = low - reach, high + reach
    count = int(((values < low) | (values > high)).sum())
    return Outliers(column=column.name, low=figure(low), high=figure(high), count=count)
