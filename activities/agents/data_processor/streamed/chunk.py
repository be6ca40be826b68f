"""The profile of one chunk: all that any kind of its columns may need, since other chunks decide it too."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from activities.agents.data_processor.streamed.facts import count_facts
from activities.agents.data_processor.streamed.partial import POINTS, TABLES, Column, Partial, Seen
from activities.agents.data_processor.streamed.ranks import Points, thin
from activities.agents.data_processor.streamed.readings import SAFE, TEXT, Reading, look_of, readings
from activities.agents.data_processor.streamed.sketches import Distinct
from activities.agents.data_processor.streamed.sums import sum_floats, sum_integers
from activities.agents.data_processor.streamed.tally import fits, keyed, room, tally
from fiberwise.contracts.dataset import Kind

POINTS_KEPT = 2_000
"""Groups of neighbours in which numbers are told, where there are too many different ones."""

NO_POINTS = Points(pl.DataFrame(schema={"value": pl.Float64, "weight": pl.Int64}))
TOP = 2_000
"""Most frequent texts that are kept of a column with too many different ones."""


class Profiled(NamedTuple):
    """A column of a chunk, its table (text, count) and its points."""

    column: Column
    table: pl.DataFrame
    points: pl.DataFrame


def summarize(cells: pl.DataFrame, tokens: Sequence[str]) -> Partial:
    """Of cells as given; equal ones give equal bytes."""
    most = room(cells.width)
    found = [_column(column.name, tally(column, tokens), most) for column in cells]
    tables = [pl.DataFrame(schema=TABLES), *(_placed(place, one.table) for place, one in enumerate(found))]
    points = [pl.DataFrame(schema=POINTS), *(_placed(place, one.points) for place, one in enumerate(found))]
    return Partial(cells.height, [one.column for one in found], pl.concat(tables), pl.concat(points))


def seen_by(reading: Reading, sketched: bool) -> Seen:
    same = reading.name == Kind.INTEGER and max(abs(reading.low), abs(reading.high)) <= SAFE
    sketch = Distinct.of(reading.items()).packed() if sketched and not same else None
    return Seen(low=reading.low, high=reading.high, distinct=len(reading.values), sketch=sketch)


def seen_texts(table: pl.DataFrame) -> Seen:
    texts = table["text"]
    low, high = texts.min(), texts.max()
    sketch = Distinct.of(texts.to_list()).packed()
    return Seen(low=str(low), high=str(high), distinct=table.height, sketch=sketch)


def points_of(found: list[Reading], most: int) -> Points:
    """Of the numbers among the readings; none of other values."""
    for reading in found:
        if reading.name == Kind.NUMBER and isinstance(reading.values, pl.Series):
            return thin(reading.values, reading.counts, most)
    return NO_POINTS


def most_frequent(table: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The most frequent texts of a tally, ties by code point; and how often those left out occur at most."""
    floor = table["count"].top_k(TOP).min()
    above, tied = (table.filter(test) for test in (pl.col("count") > floor, pl.col("count") == floor))
    kept = pl.concat([above, tied.bottom_k(TOP - above.height, by="text")])
    left = table.height - kept.height
    return kept, int(pl.Series([floor])[0]) if left else 0


def _column(name: str, whole: pl.DataFrame, most: int) -> Profiled:
    look = look_of(whole)
    found, table = readings(whole, look), keyed(whole)
    exact = fits(table, most)
    seen = {reading.name: seen_by(reading, not exact) for reading in found}
    kept, missed, points = table, 0, NO_POINTS
    if not exact:
        seen[TEXT] = seen_texts(table)
        points = points_of(found, POINTS_KEPT)
        kept, missed = most_frequent(table)
    numbers = {reading.name: reading for reading in found}
    column = Column(
        name=name,
        facts=count_facts(whole, look),
        seen=seen,
        whole=sum_integers(numbers[Kind.INTEGER]) if Kind.INTEGER in numbers else None,
        spread=sum_floats(numbers[Kind.NUMBER]) if Kind.NUMBER in numbers else None,
        exact=exact,
        missed=missed,
        slack=points.slack,
    )
    return Profiled(column, kept.sort("text"), points.table)


def _placed(place: int, table: pl.DataFrame) -> pl.DataFrame:
    return table.select(pl.lit(place, dtype=pl.UInt32).alias("column"), pl.all())
