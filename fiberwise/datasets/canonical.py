"""The one text that each typed value has, whichever format it came from.

Integers are digits, floats the shortest text that reads back the same, booleans `true` and `false`, dates and
times ISO 8601, nested values compact JSON. NaN is null, infinity `inf` and `-inf`.
"""

import datetime as dt
import json
from collections.abc import Sequence
from types import NoneType

import polars as pl

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

MICROSECOND = 1_000


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text; raises polars' ComputeError for binary that is not UTF-8."""
    return pl.DataFrame({column.name: column_text(column) for column in frame.iter_columns()})


def column_text(column: pl.Series) -> pl.Series:
    """One column as text. Done without its name, which polars' own look-up may take for a pattern (`^a|b$`)."""
    return _text(column.alias("")).alias(column.name)


def _text(column: pl.Series) -> pl.Series:
    match column.dtype:
        case pl.Float64() | pl.Float32():
            return column.fill_nan(None).cast(pl.String)
        case pl.Datetime(time_zone=zone):
            return _clock(column, "%Y-%m-%dT%H:%M:%S{}%:z" if zone else "%Y-%m-%dT%H:%M:%S{}")
        case pl.Time():
            return _clock(column, "%H:%M:%S{}")
        case pl.Duration():
            return column.dt.to_string("iso")
        case kind if kind.is_nested():
            return _nested(column)
        case _:
            return column.cast(pl.String)


def _clock(column: pl.Series, form: str) -> pl.Series:
    """Whole seconds have no fraction, others six digits, or nine where there are nanoseconds."""
    nanoseconds = column.dt.nanosecond()
    whole, micro, nano = (column.dt.strftime(form.format(part)) for part in ("", "%.6f", "%.9f"))
    fine = nano.zip_with(nanoseconds % MICROSECOND != 0, micro)
    return whole.zip_with((nanoseconds == 0).fill_null(True), fine).alias(column.name)


def _nested(column: pl.Series) -> pl.Series:
    texts = [None if value is None else nested_text(value) for value in column.to_list()]
    return pl.Series(column.name, texts, dtype=pl.String)


def nested_text(value: object) -> str:
    """A list or an object as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_leaf)


def _leaf(value: object) -> object:
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return value.decode() if isinstance(value, bytes) else str(value)


def json_column(values: Sequence[Json]) -> pl.Series:
    """One column of JSON values as text. Raises UnicodeEncodeError for half of a surrogate pair."""
    kinds = set(map(type, values)) - {NoneType}
    if kinds == {str}:
        return pl.Series(values, dtype=pl.String)
    # The floats' texts come from polars, so that JSON and Parquet agree to the last character.
    if kinds == {float}:
        return column_text(pl.Series(values, dtype=pl.Float64))
    texts = pl.Series([_json_text(value) for value in values], dtype=pl.String)
    if float not in kinds:
        return texts
    floats = pl.Series([value if type(value) is float else None for value in values], dtype=pl.Float64)
    return column_text(floats).zip_with(floats.is_not_null(), texts)


def _json_text(value: Json) -> str | None:
    match value:
        case None | float():
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list() | dict():
            return nested_text(value)
