"""Correlations and outliers of the numeric columns."""

import math
from collections.abc import Iterable, Sequence
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
    columns = numbers.select(
        _finite(numbers[name]) for name in numbers.columns[: most_correlated(numbers.height)]
    )
    return strongest(_pair(columns, a, b) for a, b in combinations(columns.columns, 2))


def strongest(found: Iterable[Correlation | None]) -> list[Correlation]:
    """Those that are listed. Where rounding alone tells two apart, they stand as they were found."""
    strong = [pair for pair in found if pair and abs(pair.pearson) >= STRONG]
    return sorted(strong, key=lambda pair: -round(abs(pair.pearson), 9))[:LISTED]


def find_outliers(numbers: pl.DataFrame, columns: Sequence[Column]) -> list[Outliers]:
    """For each column that has some: how many values lie outside the fences round its quartiles."""
    known = {column.name: column for column in columns}
    found = (_outliers(values, known[values.name]) for values in numbers if values.name in known)
    return [outliers for outliers in found if outliers and outliers.count]


def most_correlated(rows: int) -> int:
    """How many columns of so many rows are correlated."""
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
    return as_correlation(a, b, both.height, float((x * y).sum()), spread)


def as_correlation(a: str, b: str, n: int, together: float, spread: float) -> Correlation | None:
    """Of the sums of products about the means: of both, and of each by itself (the root of their product)."""
    if not spread:
        return None
    return Correlation(a=a, b=b, pearson=max(-1.0, min(1.0, together / spread)), n=n)


def fences(column: Column) -> tuple[float, float] | None:
    """What lies below the first or above the second is an outlier; None without finite quartiles."""
    low, high = number(column.p25), number(column.p75)
    if low is None or high is None or math.isinf(low) or math.isinf(high):
        return None
    reach = 1.5 * (high - low)
    return low - reach, high + reach


def as_outliers(column: str, bounds: tuple[float, float], count: int) -> Outliers:
    return Outliers(column=column, low=figure(bounds[0]), high=figure(bounds[1]), count=count)


def _outliers(values: pl.Series, column: Column) -> Outliers | None:
    if (bounds := fences(column)) is None:
        return None
    count = int(((values < bounds[0]) | (values > bounds[1])).sum())
    return as_outliers(column.name, bounds, count)
