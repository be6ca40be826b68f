"""What all chunks together say of each column, taken in one part at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import polars as pl

from activities.agents.data_processor.streamed.chunk import NO_POINTS, points_of, seen_by, seen_texts
from activities.agents.data_processor.streamed.facts import Facts, total
from activities.agents.data_processor.streamed.partial import TABLES, Column, Partial, Seen
from activities.agents.data_processor.streamed.ranks import Points, together
from activities.agents.data_processor.streamed.readings import TEXT, look_of, readings
from activities.agents.data_processor.streamed.sketches import Distinct, Frequent
from activities.agents.data_processor.streamed.sums import Sums
from activities.agents.data_processor.streamed.tally import fits, room
from fiberwise.contracts.dataset import Kind

PENDING = 1_000_000
"""Rows of tables that are gathered before equal texts are counted together."""

POINTS, FEWEST, MOST = 4_000_000, 20_000, 200_000
"""Of all columns, and of one column at least and at most, so many points are kept."""

Ends = tuple[int | float | str, int | float | str]


@dataclass
class Spread:
    """Different values by one reading: disjoint ranges of them add up, else the sketch tells how many."""

    ranges: list[Ends] = field(default_factory=list)
    most: int = 0
    total: int = 0
    distinct: Distinct = field(default_factory=Distinct)

    def add(self, seen: Seen, sketch: bytes) -> None:
        self.ranges.append((seen.low, seen.high))
        self.most, self.total = max(self.most, seen.distinct), self.total + seen.distinct
        self.distinct.add(sketch)

    def disjoint(self) -> bool:
        ordered = sorted(self.ranges)
        # Of one reading all are numbers, or all texts.
        return all(one[1] < other[0] for one, other in pairwise(ordered))  # pyright: ignore


@dataclass
class Sketched:
    """A column with too many different values to keep them."""

    frequent: Frequent
    spreads: dict[str, Spread] = field(default_factory=dict)
    points: list[Points] = field(default_factory=list)

    def add(
        self, seen: dict[str, Seen], texts: Iterable[tuple[str, int]], missed: int, points: Points, room: int
    ) -> None:
        for name, one in seen.items():
            sketch = one.sketch or seen[Kind.NUMBER].sketch
            self.spreads.setdefault(name, Spread()).add(one, sketch or b"")
        self.frequent.add(texts, missed)
        self.points.append(points)
        if sum(one.table.height for one in self.points) > room:
            self.points = [together(self.points, room // 2)]


@dataclass
class Account:
    """One column. `ends` has the readings that fit every chunk so far, None before the first value."""

    name: str
    facts: Facts = field(default_factory=Facts)
    ends: dict[str, Ends] | None = None
    integers: Sums = field(default_factory=Sums)
    numbers: Sums = field(default_factory=Sums)
    sketched: Sketched | None = None
    table: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TABLES).drop("column"))

    def note(self, column: Column) -> None:
        self.facts = total([self.facts, column.facts])
        if column.facts.count:
            found = {name: (one.low, one.high) for name, one in column.seen.items() if name != TEXT}
            self.ends = found if self.ends is None else _widened(self.ends, found)
        if column.whole:
            self.integers.add_whole(column.whole)
        if column.spread:
            self.numbers.add_spread(column.spread)

    def sketch(self, columns: int) -> Sketched:
        """The sketches of this one of so many columns."""
        self.sketched = self.sketched or Sketched(Frequent(columns))
        return self.sketched


class Accounts:
    """Of all columns in source order. Parts are given in the order of their numbers: sketches hang on it."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns: list[Account] = []
        self._pending: list[pl.DataFrame] = []

    def add(self, partial: Partial) -> None:
        self.rows += partial.rows
        self.columns = self.columns or [Account(column.name) for column in partial.columns]
        for account, column in zip(self.columns, partial.columns, strict=True):
            account.note(column)
        self._take_sketches(partial)
        if sum(table.height for table in self._pending) > PENDING:
            self._count_together()

    def close(self) -> Sequence[Account]:
        """The columns, each with its table or its sketches."""
        self._count_together()
        for table in self._pending:
            for place, kept in _by_column(table):
                self.columns[place].table = kept
        return self.columns

    def _take_sketches(self, partial: Partial) -> None:
        many = [place for place, column in enumerate(partial.columns) if not column.exact]
        self._pending.append(partial.tables.filter(~pl.col("column").is_in(many)))
        points = dict(_by_column(partial.points))
        for place, table in _by_column(partial.tables.filter(pl.col("column").is_in(many))):
            column = partial.columns[place]
            own = Points(points[place], column.slack) if place in points else NO_POINTS
            self.columns[place].sketch(len(self.columns)).add(
                column.seen, table.iter_rows(), column.missed, own, self._points_room()
            )

    def _count_together(self) -> None:
        """Equal texts of the gathered tables become one; what is too much by now goes into sketches."""
        if not self._pending:
            return
        tables = pl.concat(self._pending).group_by("column", "text").agg(pl.col("count").sum())
        tables = tables.sort("column", "text")
        most, spilled = room(len(self.columns)), list[int]()
        for place, table in _by_column(tables):
            if self.columns[place].sketched or not fits(table, most):
                self._spill(self.columns[place], table)
                spilled.append(place)
        self._pending = [tables.filter(~pl.col("column").is_in(spilled))]

    def _spill(self, account: Account, table: pl.DataFrame) -> None:
        found = readings(table, look_of(table))
        seen = {reading.name: seen_by(reading, sketched=True) for reading in found} | {
            TEXT: seen_texts(table)
        }
        points = points_of(found, self._points_room())
        account.sketch(len(self.columns)).add(seen, table.iter_rows(), 0, points, self._points_room())

    def _points_room(self) -> int:
        return max(FEWEST, min(MOST, POINTS // max(len(self.columns), 1)))


def _widened(ends: dict[str, Ends], found: dict[str, Ends]) -> dict[str, Ends]:
    """Those that fit both."""
    return {name: _hull(ends[name], found[name]) for name in ends if name in found}


def _hull(one: Ends, other: Ends) -> Ends:
    # Two readings of a name are of one type: numbers, or none.
    return min(one[0], other[0]), max(one[1], other[1])  # pyright: ignore[reportArgumentType]


def _by_column(table: pl.DataFrame) -> Iterable[tuple[int, pl.DataFrame]]:
    for (place,), part in table.partition_by("column", as_dict=True, maintain_order=True).items():
        yield int(place), part.drop("column")
