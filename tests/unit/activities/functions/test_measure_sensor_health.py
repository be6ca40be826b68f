"""Every figure against plain Python over lists of readings; chunks against the whole, however it is cut."""

import csv
import io
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.functions.draw_sensor_health import draw
from activities.functions.measure_sensor_health import measure
from activities.functions.sensors.chart import TROUBLE
from activities.functions.sensors.partial import Partial, summarize, width_for
from activities.functions.sensors.stretch import rounded
from activities.functions.sensors.verdict import judge
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.sensor_health import Drawing, Sensor, SensorHealth, SensorHealthRequest, SensorStudy
from fiberwise.store.artifacts import ArtifactStore

BEGAN = datetime(2024, 3, 1, tzinfo=UTC)
Reading = tuple[str, float, float]
"""Sensor, seconds since BEGAN, value."""

SOME = Dataset(uri="", format="csv", bytes=0, sha256="", rows=0, columns=3)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ArtifactStore:
    return ArtifactStore(str(tmp_path_factory.mktemp("store")))


def study(**asked: Any) -> SensorStudy:
    return SensorHealthRequest.model_validate({"value": "x", "time": "t", **asked}).study_of(SOME)


def table(readings: Sequence[Reading]) -> pl.DataFrame:
    cells = [(name, _moment(at), repr(value)) for name, at, value in readings]
    return pl.DataFrame(cells, schema=dict.fromkeys(("sensor", "t", "x"), pl.String), orient="row")


def _moment(at: float) -> str:
    return (BEGAN + timedelta(seconds=at)).isoformat()


def judged(store: ArtifactStore, readings: Sequence[Reading], **asked: Any) -> SensorHealth:
    wanted = study(**asked)
    return judge([summarize(table(readings), wanted)], wanted, store)


def only(found: SensorHealth) -> Sensor:
    [sensor] = found.sensors
    return sensor


def by_time(readings: Sequence[Reading]) -> dict[str, list[tuple[float, float]]]:
    """The plain way: each sensor's readings in order of time."""
    found: dict[str, list[tuple[float, float]]] = {}
    for name, at, value in sorted(readings, key=lambda one: one[1]):
        found.setdefault(name, []).append((at, value))
    return found


some_readings = st.lists(
    st.tuples(
        st.sampled_from(("a", "b", "c")),
        st.integers(0, 100_000).map(float),
        st.sampled_from((1.5, 2.0, 2.0, -3.25, 40.0)),
    ),
    min_size=1,
    max_size=60,
)


@given(some_readings)
def test_counts_means_ends_and_deviations_are_those_of_plain_python(
    store: ArtifactStore, readings: list[Reading]
):
    found = judged(store, readings)
    plain = by_time(readings)
    assert {one.name for one in found.sensors} == set(plain)
    for one in found.sensors:
        values = [value for _, value in plain[one.name]]
        assert (one.readings, one.min, one.max) == (len(values), min(values), max(values))
        assert one.mean == pytest.approx(statistics.fmean(values))
        assert one.std == (pytest.approx(statistics.stdev(values)) if len(values) > 1 else None)


@given(some_readings)
def test_gaps_are_the_intervals_beyond_the_sensors_own_median(store: ArtifactStore, readings: list[Reading]):
    for one in judged(store, readings, gap_factor=3).sensors:
        times = [at for at, _ in by_time(readings)[one.name]]
        lengths = [rounded(int((b - a) * 1e6)) for a, b in pairwise(times) if b > a]
        median = statistics.median(lengths) if lengths else None
        gaps = [length for length in lengths if median and length > 3 * median]
        assert one.interval_s == (median / 1e6 if median else None)
        assert one.gaps == len(gaps)
        assert [rounded(int(gap.seconds * 1e6)) for gap in one.longest_gaps] == sorted(gaps, reverse=True)[
            :10
        ]


@given(some_readings)
def test_stuck_values_are_the_runs_of_equal_ones(store: ArtifactStore, readings: list[Reading]):
    for one in judged(store, readings, stuck_readings=3).sensors:
        values = [value for _, value in by_time(readings)[one.name]]
        runs = [(value, len(list(group))) for value, group in groupby(values)]
        long = sorted(count for _, count in runs if count >= 3)[::-1]
        assert (one.stuck, [run.readings for run in one.longest_stuck]) == (len(long), long[:5])


@given(some_readings)
def test_windows_are_those_of_plain_python(store: ArtifactStore, readings: list[Reading]):
    found = judged(store, readings, window_seconds=3600)
    plain: dict[tuple[str, int], list[float]] = {}
    for name, at, value in readings:
        plain.setdefault((name, int(at // 3600)), []).append(value)
    rows = list(csv.DictReader(io.StringIO(store.read_bytes(found.windows).decode())))
    assert len(rows) == len(plain)
    for row in rows:
        start = (datetime.fromisoformat(row["start"]) - BEGAN).total_seconds()
        values = plain[row["sensor"], int(start // 3600)]
        assert int(row["count"]) == len(values)
        assert (float(row["min"]), float(row["max"])) == (min(values), max(values))
        assert float(row["mean"]) == pytest.approx(statistics.fmean(values))


@given(some_readings, st.lists(st.integers(0, 60), max_size=6), st.randoms(use_true_random=False))
def test_chunks_of_readings_in_order_of_time_come_to_the_same_as_the_whole(
    store: ArtifactStore, readings: list[Reading], cuts: list[int], chance: Any
):
    """However they are cut, and in whatever order the parts come."""
    asked = {"stuck_readings": 3, "gap_factor": 2}
    in_order = sorted(readings, key=lambda one: one[1])
    edges = [0, *sorted(min(cut, len(in_order)) for cut in cuts), len(in_order)]
    parts = [summarize(table(in_order[a:b]), study(**asked)) for a, b in pairwise(edges)]
    parts = [Partial.model_validate_json(part.model_dump_json()) for part in parts]
    chance.shuffle(parts)
    found, whole = judge(parts, study(**asked), store), judged(store, in_order, **asked)
    assert _told(found) == pytest.approx(_told(whole), rel=1e-9, abs=1e-9)
    assert _exact(found) == _exact(whole)


def _told(found: SensorHealth) -> list[float]:
    """Figures that hang on the order of a sum."""
    return [figure for one in found.sensors for figure in (one.mean, one.std or 0, *_line(one))]


def _line(one: Sensor) -> Iterator[float]:
    if one.trend:
        yield from (one.trend.per_day, one.trend.change)


def _exact(found: SensorHealth) -> Any:
    left = {"mean", "std", "trend"}
    return found.model_dump(exclude={"windows": True, "sensors": {"__all__": left}, "drifting": True})


def test_chunks_that_lie_over_each_other_in_time_are_told(store: ArtifactStore):
    first = [("a", float(at), 1.0) for at in (0, 60, 180)]
    second = [("a", float(at), 2.0) for at in (120, 240)]
    found = judge([summarize(table(part), study()) for part in (first, second)], study(), store)
    assert (found.out_of_order, only(found).readings) == (1, 5)


def _line_with_noise(per_reading: float, count: int = 200) -> list[Reading]:
    """The noise is the same on every machine, and has no trend of its own to speak of."""
    return [("a", 60.0 * n, 20 + per_reading * n + (n * 7919 % 100) / 100) for n in range(count)]


def test_a_trend_is_that_of_least_squares_with_its_t(store: ArtifactStore):
    readings = _line_with_noise(0.01)
    times, values = [at for _, at, _ in readings], [value for _, _, value in readings]
    slope, intercept = statistics.linear_regression(times, values)
    left = sum((value - intercept - slope * at) ** 2 for at, value in zip(times, values, strict=True))
    spread = (left / (len(times) - 2)) ** 0.5
    about = sum((at - statistics.fmean(times)) ** 2 for at in times)
    trend = only(judged(store, readings)).trend
    assert trend is not None
    assert trend.per_day == pytest.approx(slope * 86_400)
    assert trend.change == pytest.approx(slope * (times[-1] - times[0]))
    assert trend.t == pytest.approx(slope / (spread / about**0.5))
    assert trend.effect == pytest.approx(slope * (times[-1] - times[0]) / spread)
    assert trend.drifting


@pytest.mark.parametrize(
    ("per_reading", "asked", "drifting"),
    [
        (0, {}, False),
        (0.01, {}, True),
        (0.01, {"drift_t": 1000}, False),
        (0.01, {"drift_effect": 100}, False),
    ],
)
def test_a_drift_is_beyond_both_thresholds(
    store: ArtifactStore, per_reading: float, asked: Mapping[str, Any], drifting: bool
):
    assert judged(store, _line_with_noise(per_reading), **asked).drifting == drifting


def test_readings_on_a_line_drift_without_a_statistic(store: ArtifactStore):
    trend = only(judged(store, [("a", 60.0 * n, 2.0 * n) for n in range(10)])).trend
    assert trend is not None
    assert (trend.t, trend.drifting, trend.change) == (None, True, pytest.approx(18))


def test_a_value_that_never_changes_is_stuck_and_has_no_trend(store: ArtifactStore):
    one = only(judged(store, [("a", 60.0 * n, 7.0) for n in range(25)]))
    assert (one.stuck, one.longest_stuck[0].readings, one.trend, one.troubles) == (1, 25, None, ["stuck"])


def test_a_single_reading_has_no_interval(store: ArtifactStore):
    one = only(judged(store, [("a", 0.0, 1.0)]))
    assert (one.readings, one.interval_s, one.std, one.gaps, one.trend) == (1, None, None, 0, None)


def test_rows_without_a_moment_a_sensor_or_a_number_are_counted_and_left_out(store: ArtifactStore):
    rows = [
        ("a", "2024-03-01T00:00:00Z", " 1.5 "),
        ("a", "2024-03-01T01:00:00+01:00", "2"),
        ("a", "2024-03-02", "3"),
        ("", "2024-03-01T00:00:00", "1"),
        ("a", "yesterday", "1"),
        ("a", "2024-02-30T00:00:00", "1"),
        ("a", "2024-03-01T00:00:00", "warm"),
        ("a", "2024-03-01T00:00:00", "inf"),
        ("a", "2024-03-01T00:00:00", None),
    ]
    cells = pl.DataFrame(rows, schema=dict.fromkeys(("sensor", "t", "x"), pl.String), orient="row")
    found = judge([summarize(cells, study())], study(), store)
    assert (found.readings, found.unread, only(found).max) == (3, 6, 3.0)
    assert (found.first, found.last) == ("2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z")


@pytest.mark.parametrize("field", ["time", "sensor", "value"])
def test_a_column_that_is_not_there_is_refused_with_those_that_are(store: ArtifactStore, field: str):
    with pytest.raises(BadInput, match="no column `nowhere`") as caught:
        judged(store, [("a", 0.0, 1.0)], **{field: "nowhere"})
    assert (caught.value.where, caught.value.hint) == (field, f"set `{field}` to one of: sensor, t, x")


def test_data_without_a_reading_is_refused(store: ArtifactStore):
    with pytest.raises(BadInput, match="no row has a moment"):
        judged(store, [])


def test_the_window_of_a_chunk_goes_into_that_of_the_whole():
    hours = [width_for(hours * 3_600_000_000, None) for hours in range(1, 20_000, 37)]
    assert all(wide % narrow == 0 for narrow, wide in pairwise(hours))


@pytest.fixture
def stored(store: ArtifactStore) -> Callable[[pl.DataFrame], Dataset]:
    def put(cells: pl.DataFrame) -> Dataset:
        sink = io.BytesIO()
        cells.write_parquet(sink)
        artifact = store.put_bytes(sink.getvalue(), "parquet")
        return SOME.model_copy(
            update={"table": artifact, "rows": cells.height, "source": "a<b>&'c'\x00\x1b.csv"}
        )

    return put


def test_the_picture_is_svg_with_a_mark_for_each_trouble(
    store: ArtifactStore, stored: Callable[[pl.DataFrame], Dataset]
):
    still = [("<still>&\x01", 60.0 * n, 5.0) for n in range(30)]
    drifts = [("drifts", at, value) for _, at, value in _line_with_noise(0.05)]
    dataset = stored(table([*still, *drifts, ("drifts", 90_000.0, 30.0)]))
    health = measure(study().model_copy(update={"dataset": dataset}), store.url)
    picture = store.read_bytes(draw(Drawing(health=health, title=dataset.about), store.url)).decode()
    _assert_xml(picture)
    assert "&lt;still&gt;&amp;\ufffd" in picture
    marks = {name: picture.count(f"fill='{colour}' fill-opacity") for name, colour in TROUBLE.items()}
    assert marks == {"gaps": 1, "stuck": 1, "drifting": 0}
    assert (picture.count("<polyline"), picture.count("<circle")) == (2, 2)
    assert "stroke-dasharray" in picture


def _assert_xml(text: str) -> None:
    from xml.etree import ElementTree

    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"


def test_no_line_is_drawn_where_there_is_no_window(
    store: ArtifactStore, stored: Callable[[pl.DataFrame], Dataset]
):
    readings = [("a", 60.0 * n, float(n % 7)) for n in (*range(600), *range(3000, 3600))]
    health = measure(study().model_copy(update={"dataset": stored(table(readings))}), store.url)
    picture = store.read_bytes(draw(Drawing(health=health, title="a hole"), store.url)).decode()
    assert picture.count("<polyline") == 2


def test_it_has_the_sensors_with_most_troubles_and_says_how_many_there_are(
    store: ArtifactStore, stored: Callable[[pl.DataFrame], Dataset]
):
    readings = [(f"s{n}", 60.0 * m, float(m % 3)) for n in range(30) for m in range(5)]
    dataset = stored(table(readings))
    health = measure(study().model_copy(update={"dataset": dataset}), store.url)
    picture = store.read_bytes(draw(Drawing(health=health, title="many"), store.url)).decode()
    assert picture.count("<polyline") == 12
    assert "of which 12 are drawn" in picture
