"""Quantiles of many values from few: one value in the middle of each group of neighbours stands for its group."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, overload

import polars as pl


class Points(NamedTuple):
    """Columns `value` (ascending floats) and `weight`; no rank by them is off by more than `slack`."""

    table: pl.DataFrame
    slack: int = 0


def thin(values: pl.Series, weights: pl.Series, most: int) -> Points:
    """At most so many points for ascending values; exact where there are no more."""
    if len(values) <= most:
        return Points(pl.DataFrame({"value": values, "weight": weights}))
    total = int(weights.sum())
    edges = pl.DataFrame({"group": pl.int_range(most + 1, eager=True)}).select(
        edge=pl.col("group") * total // most
    )["edge"]
    starts, ends = edges.head(most), edges.tail(most)
    middles = (starts + ends - 1) // 2
    at = weights.cum_sum().search_sorted(middles, side="right")
    table = pl.DataFrame({"value": values.gather(at), "weight": ends - starts})
    return Points(table, slack=-(-total // most) // 2)


def together(points: Sequence[Points], most: int) -> Points:
    """Points of disjoint sets of values as those of their union."""
    table = pl.concat([one.table for one in points]).group_by("value").agg(pl.col("weight").sum())
    table = table.sort("value")
    thinner = thin(table["value"], table["weight"], most)
    return Points(thinner.table, thinner.slack + sum(one.slack for one in points))


class Ranked(Sequence[float]):
    """Ascending values, each as often as it occurs, without being laid out."""

    def __init__(self, values: Sequence[float], counts: Sequence[int]) -> None:
        self._values = values
        self._ends = list(accumulate(counts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[float]: ...
    def __getitem__(self, index: int | slice) -> float | Sequence[float]:
        if isinstance(index, slice):
            return [self[rank] for rank in range(*index.indices(len(self)))]
        return self._values[bisect_right(self._ends, index if index >= 0 else len(self) + index)]
