"""Distinct values, quantiles and most frequent texts of a column: exact from its table, else from its sketches."""

from typing import NamedTuple, Protocol

from activities.agents.data_processor.streamed.accounts import Account, Sketched
from activities.agents.data_processor.streamed.ranks import Ranked, together
from activities.agents.data_processor.streamed.readings import TEXT, look_of, readings
from activities.agents.data_processor.texts import SHOWN


class Count(NamedTuple):
    """How many different values: exact where `low` is `high`, which is below the rows if a chunk has a value twice."""

    estimate: int
    low: int
    high: int

    @property
    def exact(self) -> bool:
        return self.low == self.high


class Quantiles(NamedTuple):
    """Values by rank, none of which is off by more than `slack` ranks."""

    ranked: Ranked
    slack: int = 0


class Top(NamedTuple):
    """The most frequent texts with counts, which are too low by at most `error`."""

    counts: list[tuple[str, int]]
    error: int = 0


class Distribution(Protocol):
    def distinct(self, reading: str) -> Count: ...
    def quantiles(self, reading: str) -> Quantiles: ...
    def top(self) -> Top: ...


def distribution_of(account: Account) -> Distribution:
    return FromSketches(account.sketched) if account.sketched else FromTable(account)


class FromTable:
    def __init__(self, account: Account) -> None:
        self._table = account.table
        found = readings(self._table, look_of(self._table))
        self._readings = {reading.name: reading for reading in found}

    def distinct(self, reading: str) -> Count:
        found = self._table.height if reading == TEXT else len(self._readings[reading].values)
        return Count(found, found, found)

    def quantiles(self, reading: str) -> Quantiles:
        found = self._readings[reading]
        return Quantiles(Ranked(list(found.values), found.counts.to_list()))

    def top(self) -> Top:
        first = self._table.sort("count", "text", descending=[True, False]).head(SHOWN)
        return Top(list(first.iter_rows()))


class FromSketches:
    def __init__(self, sketched: Sketched) -> None:
        self._sketched = sketched

    def distinct(self, reading: str) -> Count:
        found = self._sketched.spreads[reading]
        if found.disjoint():
            return Count(found.total, found.total, found.total)
        span = found.distinct.span()
        low, high = max(int(span.low), found.most), min(int(span.high) + 1, found.total)
        return Count(max(low, min(high, round(span.estimate))), low, high)

    def quantiles(self, reading: str) -> Quantiles:
        del reading  # Integers and numbers have the same points.
        height = sum(one.table.height for one in self._sketched.points)
        points = together(self._sketched.points, max(height, 1))
        values, weights = points.table["value"].to_list(), points.table["weight"].to_list()
        return Quantiles(Ranked(values, weights), points.slack)

    def top(self) -> Top:
        return Top(*self._sketched.frequent.most(SHOWN))
