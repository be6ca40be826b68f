"""What kind each column is of, and its values read as that kind. Extract and transform both ask here, and so agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from activities.agents.data_processor import forms
from fiberwise.contracts.dataset import Kind

HEAD = 256
"""A kind that the first rows refute is not tried on the rest."""

TYPED = (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE, Kind.DATETIME)
BIG = "integers past 64 bits"
FINE = "fractions finer than a microsecond"
UNEVEN = "times with and without an offset from UTC"


@dataclass(frozen=True)
class Reading:
    """One column read: `values` has its kind's type (texts of text), null where nothing stands.

    `lossy` says why a table of typed columns could not hold the values; with BIG, `values` are the texts.
    `mixed` are the shares of the kinds of its values, where they disagree; `note` is for a reader.
    """

    kind: Kind
    values: pl.Series
    lossy: str = ""
    in_utc: bool = False
    mixed: Mapping[str, float] | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def read_columns(cells: pl.DataFrame) -> list[Reading]:
    """Reads each column of values (trimmed and nulled texts), in order."""
    looks = _look(cells)
    readings = [_read(series, looks.get(series.name)) for series in cells]
    texts = [reading.values.name for reading in readings if reading.kind is Kind.TEXT]
    shares = kind_shares(cells.select(texts))
    return [
        Reading(Kind.TEXT, reading.values, mixed=shares.get(reading.values.name), notes=reading.notes)
        if reading.kind is Kind.TEXT
        else reading
        for reading in readings
    ]


def kind_shares(cells: pl.DataFrame) -> dict[str, dict[str, float]]:
    """For each column whose values are of several kinds, the share of each; an integer counts as integer only."""
    if not cells.width or not cells.height:
        return {}
    counts = {kind: _totals(cells, forms.looks(pl.all(), kind)) for kind in TYPED}
    present = _totals(cells, pl.all().is_not_null())
    shares: dict[str, dict[str, float]] = {}
    for series in cells:
        found = {kind: counts[kind][series.name] for kind in TYPED}
        found = _checked(series, found, present[series.name])
        if sum(1 for count in found.values() if count) > 1:
            total = present[series.name]
            shares[series.name] = {kind.value: count / total for kind, count in found.items() if count}
    return shares


def _look(cells: pl.DataFrame) -> dict[str, str]:
    """Column -> the first kind (or "form" of date) as which all its values are written."""
    found: dict[str, str] = {}
    valued = [series.name for series in cells if series.null_count() < len(series)]
    looks = {kind.value: forms.looks(pl.all(), kind) for kind in TYPED}
    for name, look in {**looks, "form": pl.all().str.contains(forms.ANY_DATE)}.items():
        left = cells.select(column for column in valued if column not in found)
        found |= dict.fromkeys(_all_match(left, look), name)
    return found


def _all_match(cells: pl.DataFrame, look: pl.Expr) -> list[str]:
    for part in (cells.head(HEAD), cells):
        if not cells.width:
            return []
        fits = part.select(look.all()).row(0, named=True)
        cells = cells.select(name for name, fit in fits.items() if fit)
    return cells.columns


def _totals(cells: pl.DataFrame, test: pl.Expr) -> dict[str, int]:
    return cells.select(test.sum()).row(0, named=True)


def _read(texts: pl.Series, look: str | None) -> Reading:
    match look:
        case Kind.INTEGER:
            return _read_integers(texts)
        case Kind.NUMBER:
            return Reading(Kind.NUMBER, forms.numbers(texts))
        case Kind.BOOLEAN:
            return Reading(Kind.BOOLEAN, forms.booleans(texts))
        case Kind.DATETIME:
            return _read_instants(texts)
        case Kind.DATE | "form":
            return _read_dates(texts)
        case _:
            return Reading(Kind.TEXT, texts)


def _read_integers(texts: pl.Series) -> Reading:
    values = forms.integers(texts)
    if values.null_count() > texts.null_count():
        return Reading(Kind.INTEGER, texts, lossy=BIG, notes=[f"holds {BIG}: such figures are texts"])
    return Reading(Kind.INTEGER, values)


def _read_dates(texts: pl.Series) -> Reading:
    values = forms.dates(texts)
    if values.null_count() == texts.null_count():
        return Reading(Kind.DATE, values)
    readings = [forms.dates_in_form(texts, form) for form in forms.DATE_FORMS]
    fitting = [reading for reading in readings if reading.null_count() == texts.null_count()]
    if len(fitting) == 1:
        return Reading(Kind.DATE, fitting[0])
    notes = ["looks like dates, but day and month could be either way round"] if fitting else []
    return Reading(Kind.TEXT, texts, notes=notes)


def _read_instants(texts: pl.Series) -> Reading:
    values = forms.instants(texts)
    if values.null_count() > texts.null_count():
        return Reading(Kind.TEXT, texts)
    offsets = forms.has_offset(texts)
    in_utc = bool(offsets.all())
    if not in_utc and offsets.any():
        notes = [f"holds {UNEVEN}: those without are taken as UTC"]
        return Reading(Kind.DATETIME, values, lossy=UNEVEN, in_utc=True, notes=notes)
    if texts.str.contains(forms.FINER).any():
        notes = [f"holds {FINE}: figures are cut to microseconds"]
        return Reading(Kind.DATETIME, values, lossy=FINE, in_utc=in_utc, notes=notes)
    return Reading(Kind.DATETIME, values, in_utc=in_utc)


def _checked(texts: pl.Series, found: dict[Kind, int], present: int) -> dict[Kind, int]:
    """Counts by kind that add up: a number that is an integer is counted once, days that do not exist are text."""
    checked = dict(found)
    checked[Kind.NUMBER] -= checked[Kind.INTEGER]
    for kind, read in ((Kind.DATE, forms.dates), (Kind.DATETIME, forms.instants)):
        if checked[kind]:
            checked[kind] = texts.len() - read(texts).null_count()
    checked[Kind.TEXT] = present - sum(checked.values())
    return checked
