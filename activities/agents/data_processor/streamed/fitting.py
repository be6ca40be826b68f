"""As what the values of each column can be read: found chunk by chunk, and true of all where it is true of each."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars' own types leave out what some of its calls give)

import re
from collections.abc import Iterable

import polars as pl

from activities.agents.data_processor import forms
from activities.agents.data_processor.kinds import Reading, looks_like, parse
from activities.agents.data_processor.streamed.facts import Facts
from activities.agents.data_processor.streamed.kind import decide
from fiberwise.contracts.dataset import Kind
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.payload import Payload


class Fit(Payload):
    """A column of `count` values: the kinds and forms of dates as which each can be read.

    `big`: with integers past 64 bits; `finer`: with fractions finer than a microsecond.
    """

    count: int = 0
    readings: tuple[str, ...] = ()
    big: bool = False
    offsets: int = 0
    finer: bool = False


class ColumnCast(Payload):
    """How the column at `place` (from 0) is read: `reading` is its kind or a form of dates."""

    place: int
    kind: Kind
    reading: str
    in_utc: bool = False


def fit_columns(cells: pl.DataFrame) -> list[Fit]:
    """Of each column of values (trimmed and nulled texts), in order."""
    looks = looks_like(cells)
    typed = parse(cells, looks)
    # Without a name, which polars' own look-up may take for a pattern (`^a|b$`).
    return [_fit(texts.alias(""), looks.get(texts.name), typed.get(texts.name)) for texts in cells]


def together(one: Fit, other: Fit) -> Fit:
    """The fit of a column whose chunks have these two."""
    if not one.count or not other.count:
        return one if one.count else other
    return Fit(
        count=one.count + other.count,
        readings=tuple(name for name in one.readings if name in other.readings),
        big=one.big or other.big,
        offsets=one.offsets + other.offsets,
        finer=one.finer or other.finer,
    )


def chosen(fits: Iterable[Fit]) -> list[ColumnCast]:
    """The columns that can be cast without a loss, by the fits of all chunks together."""
    casts = list[ColumnCast]()
    for place, fit in enumerate(fits):
        facts = Facts(count=fit.count, offsets=fit.offsets, finer=int(fit.finer))
        kind, reading, in_utc, notes = decide(facts, fit.readings)
        lossy = fit.big if kind is Kind.INTEGER else notes
        if kind is not Kind.TEXT and not lossy:
            casts.append(ColumnCast(place=place, kind=kind, reading=reading, in_utc=in_utc))
    return casts


def read_as_chosen(cells: pl.DataFrame, first: int, casts: Iterable[ColumnCast]) -> list[Reading]:
    """The values of the columns that are cast, among those from the place `first` on.

    Raises BadInput for one that cannot be read so.
    """
    places = range(first, first + cells.width)
    by_name = {cells.columns[cast.place - first]: cast for cast in casts if cast.place in places}
    plain = {name: cast.kind for name, cast in by_name.items() if cast.reading == cast.kind}
    typed = parse(cells, plain)
    for name, cast in by_name.items():
        if name not in plain:
            dates = forms.dates_in_form(cells.get_column(name).alias(""), cast.reading)
            typed[name] = dates.alias(name)
    for name, values in typed.items():
        if values.null_count() != cells.get_column(name).null_count():
            what = f"column {name!r} has values that are no {by_name[name].kind}: the plan is of other chunks"
            raise BadInput(what, where=name, hint="run it again from the start")
    return [Reading(cast.kind, typed[name], in_utc=cast.in_utc) for name, cast in by_name.items()]


def _fit(texts: pl.Series, look: Kind | None, typed: pl.Series | None) -> Fit:
    count = len(texts) - texts.null_count()
    if look is None or typed is None:
        return Fit(count=count)
    whole = typed.null_count() == texts.null_count()
    match look:
        case Kind.INTEGER:
            as_numbers = whole or _all_read(texts, forms.read_as(texts, Kind.NUMBER))
            readings = (Kind.INTEGER, Kind.NUMBER) if as_numbers else (Kind.INTEGER,)
            return Fit(count=count, readings=readings, big=not whole)
        case Kind.DATE:
            return Fit(count=count, readings=(*((Kind.DATE,) if whole else ()), *_fitting_forms(texts)))
        case Kind.DATETIME if whole:
            offsets = int(texts.str.contains(forms.OFFSET).sum())
            finer = bool(texts.str.contains(forms.FINER).any())
            return Fit(count=count, readings=(look,), offsets=offsets, finer=finer)
        case _:
            return Fit(count=count, readings=(look,) if whole else ())


def _fitting_forms(texts: pl.Series) -> list[str]:
    first = texts.drop_nulls()[0]
    candidates = [form for form, look in forms.DATE_FORMS.items() if re.match(look, first)]
    return [form for form in candidates if _all_read(texts, forms.dates_in_form(texts, form))]


def _all_read(texts: pl.Series, values: pl.Series) -> bool:
    return values.null_count() == texts.null_count()
