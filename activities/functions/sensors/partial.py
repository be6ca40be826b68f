"""What the readings of one chunk, or of a whole data set, come to: a stretch for each sensor."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (polars names numpy in its types, and numpy is not installed)

from collections import Counter

import polars as pl

from activities.functions.sensors.readings import readings
from activities.functions.sensors.stretch import (
    Interval,
    Run,
    Stretch,
    Window,
    longest_intervals,
    longest_runs,
    rounded,
)
from activities.functions.sensors.trend import Moments
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.sensor_health import SensorStudy

SECOND = 1_000_000
WIDTHS = (60, 300, 900, 3_600, 21_600, 86_400, 604_800, 2_419_200, 24_192_000)
"""Seconds, each a multiple of the one before: so windows of a chunk go into those of the whole."""

MOST_WINDOWS = 96


class Partial(Payload):
    """`width` of its windows in seconds; `unread`: rows without a time, a sensor or a number."""

    width: int
    rows: int
    unread: int
    sensors: dict[str, Stretch]


def width_for(span_us: int, asked: int | None) -> int:
    """The narrowest of which the span has at most 96; what was asked for, if it was."""
    fitting = (width for width in WIDTHS if span_us <= MOST_WINDOWS * width * SECOND)
    return asked or next(fitting, WIDTHS[-1])


def summarize(cells: pl.DataFrame, study: SensorStudy) -> Partial:
    """Raises BadInput as `readings`."""
    found = readings(cells, study)
    span = found["us"].max() - found["us"].min() if found.height else 0  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]
    width = width_for(int(span), study.window_seconds)  # pyright: ignore[reportArgumentType]
    sensors = {
        str(name): _stretch(group, width, study.stuck_readings)
        for (name,), group in found.group_by("sensor", maintain_order=True)
    }
    return Partial(width=width, rows=cells.height, unread=cells.height - found.height, sensors=sensors)


def _stretch(group: pl.DataFrame, width: int, at_least: int) -> Stretch:
    intervals = _intervals(group)
    runs = _runs(group)
    inner = [run for run in runs[1:-1] if run.n >= at_least]
    counts = Counter[int]()
    for length, count in intervals.group_by("length").len().iter_rows():
        counts[rounded(length)] += count
    longest = intervals.sort("length", descending=True, maintain_order=True).head(50)
    return Stretch(
        windows=_windows(group, width),
        moments=_moments(group),
        intervals=dict(counts),
        longest=longest_intervals(Interval(*row) for row in longest.select("since", "us").iter_rows()),
        head=runs[0],
        tail=runs[-1],
        whole=len(runs) == 1,
        runs=longest_runs(inner),
        stuck=len(inner),
        at_least=at_least,
    )


def _intervals(group: pl.DataFrame) -> pl.DataFrame:
    """Readings at one moment have none between them."""
    return (
        group.select("us", since=pl.col("us").shift(1))
        .drop_nulls()
        .with_columns(length=pl.col("us") - pl.col("since"))
        .filter(pl.col("length") > 0)
    )


def _runs(group: pl.DataFrame) -> list[Run]:
    found = group.group_by(pl.col("value").rle_id(), maintain_order=True).agg(
        number=pl.col("value").first(),
        count=pl.len(),
        since=pl.col("us").first(),
        until=pl.col("us").last(),
    )
    return [Run(*row) for row in found.select("number", "count", "since", "until").iter_rows()]


def _windows(group: pl.DataFrame, width: int) -> list[Window]:
    start = pl.col("us").floordiv(width * SECOND) * width
    value = pl.col("value")
    found = group.group_by(start.alias("start"), maintain_order=True).agg(
        pl.len().alias("count"),
        value.sum().alias("total"),
        value.min().alias("low"),
        value.max().alias("high"),
    )
    return [Window(*row) for row in found.sort("start").iter_rows()]


def _moments(group: pl.DataFrame) -> Moments:
    # From the first reading on: microseconds since 1970 have no digits left for their squares.
    first = group["us"][0]
    time, value = pl.col("t") - pl.col("t").mean(), pl.col("value") - pl.col("value").mean()
    shifted = group.select((pl.col("us") - first).cast(pl.Float64).truediv(SECOND).alias("t"), "value")
    row = shifted.select(
        pl.col("t").mean().alias("time"),
        pl.col("value").mean().alias("mean"),
        (time * time).sum().alias("tt"),
        (time * value).sum().alias("tv"),
        (value * value).sum().alias("vv"),
    ).row(0)
    return Moments(group.height, first / SECOND + row[0], *row[1:])
