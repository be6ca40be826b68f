"""The ways to read all values of a chunk: which of them is right is known when all chunks are together."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from activities.agents.data_processor import forms
from activities.agents.data_processor.kinds import looks_like
from fiberwise.contracts.dataset import Kind

TEXT = "text"
SAFE = 2**53
"""Up to here each integer is a float of its own."""


@dataclass(frozen=True)
class Reading:
    """Different values, ascending, and how often each occurs.

    `name` is that of a kind, or a form of dates. Dates are days, datetimes microseconds since 1970. `values` of
    integers past 64 bits are a list.
    """

    name: str
    values: pl.Series | list[int]
    counts: pl.Series

    @property
    def low(self) -> int | float:
        return self.values[0]

    @property
    def high(self) -> int | float:
        return self.values[-1]

    def items(self) -> Sequence[int | float | str]:
        """The values as sketches take them: an integer as the float that it is, past 2^53 as its digits."""
        values: list[int | float] = [*self.values] if isinstance(self.values, list) else self.values.to_list()
        if self.name != Kind.INTEGER:
            return values
        return [float(value) if abs(value) <= SAFE else str(value) for value in values]


def look_of(table: pl.DataFrame) -> Kind | None:
    """The kind as which all its values are written, as for a whole column; None also of no value."""
    return looks_like(table.select("text")).get("text") if table.height else None


def readings(table: pl.DataFrame, look: Kind | None) -> list[Reading]:
    """All readings that fit every value of a tally whose values look like a kind."""
    texts, counts = table["text"].alias(""), table["count"]
    match look:
        case Kind.INTEGER:
            return _integers(texts, counts)
        case Kind.NUMBER | Kind.BOOLEAN:
            return [_grouped(look, forms.read_as(texts, look), counts)]
        case Kind.DATE:
            return list(_dates(texts, counts))
        case Kind.DATETIME:
            return list(_whole({Kind.DATETIME: forms.read_as(texts, Kind.DATETIME)}.items(), counts))
        case _:
            return []


def _integers(texts: pl.Series, counts: pl.Series) -> list[Reading]:
    values = forms.read_as(texts, Kind.INTEGER)
    if values.null_count():
        return [_big(texts, counts), _numbers(texts, counts)]
    whole = _grouped(Kind.INTEGER, values, counts)
    if max(abs(whole.low), abs(whole.high)) > SAFE:
        return [whole, _numbers(texts, counts)]
    return [whole, Reading(Kind.NUMBER, pl.Series(whole.values, dtype=pl.Float64), whole.counts)]


def _numbers(texts: pl.Series, counts: pl.Series) -> Reading:
    return _grouped(Kind.NUMBER, forms.read_as(texts, Kind.NUMBER), counts)


def _big(texts: pl.Series, counts: pl.Series) -> Reading:
    tally: dict[int, int] = {}
    for text, count in zip(texts, counts, strict=True):
        tally[int(text)] = tally.get(int(text), 0) + count
    values = sorted(tally)
    return Reading(Kind.INTEGER, values, pl.Series([tally[value] for value in values], dtype=pl.Int64))


def _dates(texts: pl.Series, counts: pl.Series) -> Iterator[Reading]:
    fitting = [form for form, look in forms.DATE_FORMS.items() if re.match(look, texts[0])]
    found = {Kind.DATE.value: forms.read_as(texts, Kind.DATE)}
    found |= {form: forms.dates_in_form(texts, form) for form in fitting}
    return _whole(found.items(), counts)


def _whole(found: Iterable[tuple[str, pl.Series]], counts: pl.Series) -> Iterator[Reading]:
    return (_grouped(name, values, counts) for name, values in found if not values.null_count())


def _grouped(name: str, values: pl.Series, counts: pl.Series) -> Reading:
    if values.dtype != pl.Float64:
        values = values.to_physical().cast(pl.Int64)
    table = pl.DataFrame({"value": values, "count": counts})
    table = table.group_by("value").agg(pl.col("count").sum()).sort("value")
    return Reading(str(name), table["value"], table["count"])
