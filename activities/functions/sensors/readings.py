"""The readings in a table: which rows have a time, a sensor and a number, in order of time for each sensor."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars names numpy in its types, and numpy is not installed)

import polars as pl

from activities.agents.data_processor import forms
from activities.agents.data_processor.cells import picked, values_of
from fiberwise.contracts.dataset import Kind
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.sensor_health import SensorStudy

MOST_SENSORS = 10_000


def readings(cells: pl.DataFrame, study: SensorStudy) -> pl.DataFrame:
    """Columns sensor, us (microseconds since 1970 in UTC) and value; rows that lack one of them are left out.

    Raises BadInput for a column that is not there, and for more sensors than can be told of.
    """
    values = values_of(picked(cells, _columns(cells, study)), study.null_tokens)
    sensor, time, value = values.get_columns()
    found = pl.DataFrame(
        {"sensor": sensor.alias(""), "us": _moments(time.alias("")), "value": _numbers(value.alias(""))}
    ).drop_nulls()
    if found["sensor"].n_unique() > MOST_SENSORS:
        told = f"`{study.sensor}` has over {MOST_SENSORS:,} different values"
        raise BadInput(told, where="sensor", hint="set `sensor` to the column that names what was measured")
    return found.sort("sensor", "us", maintain_order=True)


def _columns(cells: pl.DataFrame, study: SensorStudy) -> list[str]:
    wanted = {"sensor": study.sensor, "time": study.time, "value": study.value}
    for field, column in wanted.items():
        if column not in cells.columns:
            told = f"the data set has no column `{column}`"
            there = ", ".join(cells.columns[:20])
            raise BadInput(told, where=field, hint=f"set `{field}` to one of: {there}")
    return list(wanted.values())


def _moments(texts: pl.Series) -> pl.Series:
    """Dates are their midnight; a text that is no ISO 8601 moment gives null."""
    instants = forms.read_as(texts, Kind.DATETIME)
    days = forms.read_as(texts, Kind.DATE).cast(pl.Datetime("us"))
    return instants.zip_with(instants.is_not_null(), days).cast(pl.Int64)


def _numbers(texts: pl.Series) -> pl.Series:
    look = pl.DataFrame({"": texts}).select(forms.looks(pl.col(""), Kind.NUMBER)).to_series()
    numbers = forms.read_as(texts.set(~look.fill_null(False), None), Kind.NUMBER)
    return numbers.set(~numbers.is_finite().fill_null(False), None)
