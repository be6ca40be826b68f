"""The figures of a column by the kind that all its values turned out to be of."""

from collections import Counter
from collections.abc import Iterator
from heapq import nsmallest

from activities.functions.digest.distinct import Distinct
from activities.functions.digest.numbers import LARGEST, SMALLEST, Moments, figure
from activities.functions.digest.readings import Readings
from activities.functions.digest.tally import Tally
from fiberwise.contracts.dataset import Figure, Kind
from fiberwise.contracts.profile import Approximate, Column, Top

SHOWN = 10
LONGEST = 1000
"""Characters of a value that are shown."""

NUMERIC = {Kind.INTEGER, Kind.NUMBER}
BIG = "holds integers past 64 bits: such figures are texts"
UNEVEN = "holds times with and without an offset from UTC: those without are taken as UTC"
FINE = "holds fractions finer than a microsecond: figures are cut to microseconds"
EITHER = "looks like dates, but day and month could be either way round"
TOO_MANY = "has too many different values to say which are the most frequent"
CUT = "its longest values are cut in `top`"

Figures = dict[str, Figure | list[Top] | list[str]]


def describe(name: str, rows: int, tally: Tally) -> tuple[Column, list[Approximate]]:
    """The column, and which of its figures are not exact. Reads what the tally has only counted."""
    tally.read()
    found = tally.readings
    kind, distinct = _kind(found)
    fields: Figures = {"kind": kind, "distinct": distinct.count, **_figures(kind, tally)}
    column = Column.model_validate(
        {
            "name": name,
            "count": tally.count,
            "nulls": rows - tally.count,
            "mixed": _mixed(kind, found.kinds),
            **fields,
        }
    )
    return column, list(_approximate(name, distinct))


def _kind(found: Readings) -> tuple[Kind, Distinct]:
    """The kind of all values, and how many different ones there are by it."""
    kinds, days = set(found.kinds), found.dates.readings
    if kinds and kinds <= NUMERIC:
        return Kind.NUMBER if Kind.NUMBER in kinds else Kind.INTEGER, found.values
    if len(days) == 1:
        return Kind.DATE, days[0].distinct
    if len(kinds) == 1 and kinds <= {Kind.BOOLEAN, Kind.DATETIME}:
        return kinds.pop(), found.values
    return Kind.TEXT, found.texts


def _mixed(kind: Kind, kinds: Counter[Kind]) -> dict[str, float] | None:
    if kind is not Kind.TEXT or len(kinds) < 2:
        return None
    return {one.value: kinds[one] / kinds.total() for one in Kind if kinds[one]}


def _figures(kind: Kind, tally: Tally) -> Figures:
    found = tally.readings
    match kind:
        case Kind.INTEGER | Kind.NUMBER:
            return _numbers(kind, found)
        case Kind.BOOLEAN:
            return {"true_count": found.true_count}
        case Kind.DATE:
            [days] = found.dates.readings
            return {"min": days.low.isoformat(), "max": days.high.isoformat()}
        case Kind.DATETIME:
            return _moments(found.moments)
        case Kind.TEXT:
            return _texts(tally)


def _numbers(kind: Kind, found: Readings) -> Figures:
    numbers = found.numbers
    low, high = numbers.low, numbers.high
    if kind is Kind.NUMBER:
        low, high = float(low), float(high)
        notes = ["holds infinity"] if numbers.infinite else []
    else:
        notes = [] if low >= SMALLEST and high <= LARGEST else [BIG]
    return {"min": figure(low), "max": figure(high), "mean": figure(numbers.mean), "notes": notes}


def _moments(found: Moments) -> Figures:
    in_utc = "Z" if found.with_offset else ""
    uneven = found.with_offset and found.without_offset
    notes = [UNEVEN] if uneven else [FINE] if found.finer else []
    return {"min": found.low.isoformat() + in_utc, "max": found.high.isoformat() + in_utc, "notes": notes}


def _texts(tally: Tally) -> Figures:
    if not tally.count:
        return {"top": []}
    found = tally.readings
    top = None if tally.cut else _top(tally.texts)
    notes = [EITHER] if found.dates.readings else []
    notes += [TOO_MANY] if top is None else [CUT] if any(len(one.value) > LONGEST for one in top) else []
    shown: Figures = {} if top is None else {"top": top}
    return {"min_length": found.shortest, "max_length": found.longest, "notes": notes, **shown}


def _top(texts: Counter[str]) -> list[Top]:
    first = nsmallest(SHOWN, texts.items(), key=lambda item: (-item[1], item[0]))
    return [
        Top(value=text if len(text) <= LONGEST else text[:LONGEST] + "…", count=count)
        for text, count in first
    ]


def _approximate(name: str, distinct: Distinct) -> Iterator[Approximate]:
    if distinct.error:
        bound = f"± {distinct.error:.1%} (three standard errors)"
        yield Approximate(column=name, figure="distinct", bound=bound)
