"""From the stretches of all chunks to what a person should know of each sensor."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce

from activities.functions.sensors.partial import SECOND, Partial, width_for
from activities.functions.sensors.stretch import Interval, Run, Stretch, Window, widened
from activities.functions.sensors.trend import trend
from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.sensor_health import Gap, Sensor, SensorHealth, SensorStudy, Stuck
from fiberwise.store.artifacts import ArtifactStore

TOLD = 5  # of the longest gaps and runs of a sensor
SHOWN = 100  # sensors in a result, the troubled ones first; the file of windows has all
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def judge(partials: Sequence[Partial], study: SensorStudy, store: ArtifactStore) -> SensorHealth:
    """In any order of the partials. Raises BadInput where no row is a reading."""
    whole = _together(partials)
    if not whole:
        told = f"no row has a moment in `{study.time}`, a sensor in `{study.sensor}` and a number in `{study.value}`"
        raise BadInput(told, where="time, sensor, value", hint="name the columns that have them")
    first, last = min(one.first for one in whole.values()), max(one.last for one in whole.values())
    width = width_for(last - first, study.window_seconds)
    windows = {name: widened(one.windows, width) for name, one in whole.items()}
    sensors = sorted(
        (_sensor(name, one, windows[name], study) for name, one in whole.items()),
        key=lambda one: (-len(one.troubles), one.name),
    )
    return SensorHealth(
        readings=sum(one.readings for one in sensors),
        unread=sum(one.unread for one in partials),
        first=moment(first),
        last=moment(last),
        count=len(sensors),
        with_gaps=sum(bool(one.gaps) for one in sensors),
        stuck=sum(bool(one.stuck) for one in sensors),
        drifting=sum(one.drifting for one in sensors),
        out_of_order=sum(one.out_of_order for one in sensors),
        window_seconds=width,
        windows=_stored(windows, store),
        sensors=sensors[:SHOWN],
    )


def moment(us: int) -> str:
    """ISO 8601 in UTC."""
    return (EPOCH + timedelta(microseconds=us)).isoformat().replace("+00:00", "Z")


def _together(partials: Sequence[Partial]) -> dict[str, Stretch]:
    found: dict[str, list[Stretch]] = {}
    for partial in partials:
        for name, stretch in partial.sensors.items():
            found.setdefault(name, []).append(stretch)
    return {name: _in_turn(found[name]) for name in sorted(found)}


def _in_turn(stretches: list[Stretch]) -> Stretch:
    in_order = sorted(stretches, key=lambda one: (one.first, one.last))
    return reduce(lambda one, other: one.followed_by(other), in_order)


def _sensor(name: str, stretch: Stretch, windows: Sequence[Window], study: SensorStudy) -> Sensor:
    stuck, runs = stretch.closed()
    interval = _median(stretch.intervals)
    limit = math.inf if interval is None else interval * study.gap_factor
    gaps = [one for one in stretch.longest if one.length > limit]
    moments, span = stretch.moments, (stretch.last - stretch.first) / SECOND
    return Sensor(
        name=name,
        readings=moments.n,
        first=moment(stretch.first),
        last=moment(stretch.last),
        min=min(one.low for one in windows),
        max=max(one.high for one in windows),
        mean=moments.value,
        std=math.sqrt(moments.vv / (moments.n - 1)) if moments.n > 1 else None,
        interval_s=None if interval is None else interval / SECOND,
        gaps=sum(count for length, count in stretch.intervals.items() if length > limit),
        longest_gaps=[_gap(one, interval or 1) for one in gaps[:TOLD]],
        stuck=stuck,
        longest_stuck=[_stuck(run) for run in runs[:TOLD]],
        trend=trend(moments, span, study.drift_t, study.drift_effect),
        out_of_order=stretch.tangled,
    )


def _gap(one: Interval, interval: float) -> Gap:
    return Gap(
        since=moment(one.since),
        until=moment(one.until),
        seconds=one.length / SECOND,
        missing=max(1, round(one.length / interval) - 1),
    )


def _stuck(run: Run) -> Stuck:
    return Stuck(value=run.value, readings=run.n, since=moment(run.since), until=moment(run.until))


def _median(counts: Mapping[int, int]) -> float | None:
    """Of values with how often each occurs; the mean of the two in the middle of an even number."""
    total = sum(counts.values())
    if not total:
        return None
    middle = [(total - 1) // 2, total // 2]
    found, passed = list[int](), 0
    for length in sorted(counts):
        passed += counts[length]
        found += [length] * sum(place < passed for place in middle[len(found) :])
        if len(found) == len(middle):
            break
    return statistics.fmean(found)


def _stored(windows: Mapping[str, Sequence[Window]], store: ArtifactStore) -> Artifact:
    """A CSV file with a line for each sensor and window."""
    import csv
    import io

    sink = io.StringIO()
    csv.writer(sink, lineterminator="\n").writerows(_lines(windows))
    return store.put_bytes(sink.getvalue().encode(), "csv")


def _lines(windows: Mapping[str, Sequence[Window]]) -> Iterator[Sequence[object]]:
    yield ("sensor", "start", "count", "mean", "min", "max")
    for name, found in windows.items():
        for one in found:
            start = moment(one.start * SECOND)
            yield (name, start, one.n, one.total / one.n, one.low, one.high)
