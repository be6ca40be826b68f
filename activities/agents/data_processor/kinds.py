"""What kind each column is of, and its values read as that kind. Both modes ask here, and so agree."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from activities.agents.data_processor import forms
from activities.agents.data_processor.cells import picked
from fiberwise.contracts.dataset import Kind

HEAD = 256
"""A kind that the first rows refute is not tried on the rest."""

TYPED = (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE, Kind.DATETIME)
BIG = "integers past 64 bits"
FINE = "fractions finer than a microsecond"
UNEVEN = "times with and without an offset from UTC"
EITHER_WAY = "looks like dates, but day and month could be either way round"
NOTES = {
    BIG: f"holds {BIG}: such figures are texts",
    UNEVEN: f"holds {UNEVEN}: those without are taken as UTC",
    FINE: f"holds {FINE}: figures are cut to microseconds",
}
"""What a reader must know of a column, by why it is lossy."""


@dataclass(frozen=True)
class Reading:
    """One column read: `values` has its kind's type (texts of text), null where nothing stands.

    `lossy` says why a table of typed columns could not hold the values; with BIG, `values` are the texts.
    `mixed` are the shares of the kinds of its values, where they disagree.
    """

    kind: Kind
    values: pl.Series
    lossy: str = ""
    in_utc: bool = False
    mixed: Mapping[str, float] | None = None
    notes: Sequence[str] = field(default_factory=tuple)


def read_columns(cells: pl.DataFrame) -> list[Reading]:
    """Reads each column of values (trimmed and nulled texts), in order."""
    looks = looks_like(cells)
    typed = parse(cells, looks)
    readings = {texts.name: _named(texts, looks.get(texts.name), typed.get(texts.name)) for texts in cells}
    shares = kind_shares(picked(cells, (name for name, found in readings.items() if found.kind is Kind.TEXT)))
    return [replace(found, mixed=shares.get(name)) for name, found in readings.items()]


def kind_shares(cells: pl.DataFrame) -> dict[str, dict[str, float]]:
    """For each column of values of several kinds, the share of each; an integer counts as integer only."""
    if not cells.width or not cells.height:
        return {}
    counts = {kind: _totals(cells, forms.looks(pl.all(), kind)) for kind in TYPED}
    present = _totals(cells, pl.all().is_not_null())
    shares: dict[str, dict[str, float]] = {}
    for texts in cells:
        total = present[texts.name]
        found = _checked(texts, {kind: counts[kind][texts.name] for kind in TYPED}, total)
        if mixed := as_shares(found, total):
            shares[texts.name] = mixed
    return shares


def as_shares(found: Mapping[Kind, int], total: int) -> dict[str, float] | None:
    """The share of each kind among `total` values; None where they are all of one."""
    shares = {kind.value: count / total for kind, count in found.items() if count}
    return shares if len(shares) > 1 else None


def looks_like(cells: pl.DataFrame) -> dict[str, Kind]:
    """Column -> the first kind as which all its values are written; dates may be in any form."""
    found: dict[str, Kind] = {}
    valued = [texts.name for texts in cells if texts.null_count() < len(texts)]
    for kind in TYPED:
        left = picked(cells, (column for column in valued if column not in found))
        look = pl.all().str.contains(forms.ANY_DATE) if kind is Kind.DATE else forms.looks(pl.all(), kind)
        found |= dict.fromkeys(_all_match(left, look), kind)
    return found


def _all_match(cells: pl.DataFrame, look: pl.Expr) -> list[str]:
    for part in (cells.head(HEAD), cells):
        if not cells.width:
            return []
        fits = picked(part, cells.columns).select(look.all()).row(0, named=True)
        cells = picked(cells, (name for name, fit in fits.items() if fit))
    return cells.columns


def _totals(cells: pl.DataFrame, test: pl.Expr) -> dict[str, int]:
    return cells.select(test.sum()).row(0, named=True)


def parse(cells: pl.DataFrame, looks: Mapping[str, Kind]) -> dict[str, pl.Series]:
    """All columns read as the kind they look like: one under the other, since 10,000 calls would dominate."""
    typed: dict[str, pl.Series] = {}
    for kind in TYPED:
        names = [name for name, look in looks.items() if look is kind]
        if names:
            values = forms.read_as(pl.concat([cells[name].alias("") for name in names]), kind)
            rows = cells.height
            typed |= {name: values.slice(i * rows, rows).alias(name) for i, name in enumerate(names)}
    return typed


def _named(texts: pl.Series, look: Kind | None, typed: pl.Series | None) -> Reading:
    """Read without its name, which polars' own look-up may take for a pattern (`^a|b$`)."""
    found = _read(texts.alias(""), look, typed)
    return replace(found, values=found.values.alias(texts.name))


def _read(texts: pl.Series, look: Kind | None, typed: pl.Series | None) -> Reading:
    if look is None or typed is None:
        return Reading(Kind.TEXT, texts)
    whole = typed.null_count() == texts.null_count()
    match look:
        case Kind.INTEGER if not whole:
            return Reading(look, texts, lossy=BIG, notes=[NOTES[BIG]])
        case Kind.DATE if not whole:
            return _read_other_dates(texts)
        case Kind.DATETIME if whole:
            return _read_instants(texts, typed)
        case _:
            return Reading(look, typed) if whole else Reading(Kind.TEXT, texts)


def _read_other_dates(texts: pl.Series) -> Reading:
    first = texts.drop_nulls()[0]
    candidates = [form for form, look in forms.DATE_FORMS.items() if re.match(look, first)]
    readings = [forms.dates_in_form(texts, form) for form in candidates]
    fitting = [reading for reading in readings if reading.null_count() == texts.null_count()]
    if len(fitting) == 1:
        return Reading(Kind.DATE, fitting[0])
    return Reading(Kind.TEXT, texts, notes=[EITHER_WAY] if fitting else [])


def _read_instants(texts: pl.Series, typed: pl.Series) -> Reading:
    offsets = texts.str.contains(forms.OFFSET)
    in_utc = bool(offsets.all())
    if not in_utc and offsets.any():
        return Reading(Kind.DATETIME, typed, lossy=UNEVEN, in_utc=True, notes=[NOTES[UNEVEN]])
    if texts.str.contains(forms.FINER).any():
        return Reading(Kind.DATETIME, typed, lossy=FINE, in_utc=in_utc, notes=[NOTES[FINE]])
    return Reading(Kind.DATETIME, typed, in_utc=in_utc)


def _checked(texts: pl.Series, found: dict[Kind, int], present: int) -> dict[Kind, int]:
    """Counts that add up: an integer is counted once, and a day that no calendar has is text."""
    checked = dict(found)
    checked[Kind.NUMBER] -= checked[Kind.INTEGER]
    for kind in (Kind.DATE, Kind.DATETIME):
        if checked[kind]:
            checked[kind] = forms.read_as(texts.alias(""), kind).count()
    checked[Kind.TEXT] = present - sum(checked.values())
    return checked
