"""The report of `sensor-health` says which sensors are in trouble, bounded, and holds names as they are."""

from typing import Any

from fiberwise.contracts.dataset import Artifact, Dataset
from fiberwise.contracts.execution import Metadata
from fiberwise.contracts.sensor_health import Gap, Sensor, SensorHealth, SensorHealthResults, Stuck, Trend
from fiberwise.contracts.view import RunAnswer
from starter.cli import report
from starter.cli.terminal import rendered

FILE = Artifact(uri="file:///s/aa/aa.csv", format="csv", bytes=10, sha256="aa")
SPAN = {"since": "2024-03-01T00:00:00Z", "until": "2024-03-02T00:00:00Z"}


def _sensor(name: str, **troubles: Any) -> Sensor:
    ends = {"first": SPAN["since"], "last": SPAN["until"]}
    still: dict[str, Any] = {"gaps": 0, "longest_gaps": [], "stuck": 0, "longest_stuck": [], "trend": None}
    return Sensor(
        name=name, readings=9, min=1, max=3, mean=2, std=1, interval_s=60, **ends, **still | troubles
    )


def _shown(sensors: list[Sensor], chart: Artifact | None = None) -> str:
    health = SensorHealth(
        readings=9 * len(sensors),
        unread=0,
        first=SPAN["since"],
        last=SPAN["until"],
        count=len(sensors),
        with_gaps=0,
        stuck=0,
        drifting=0,
        window_seconds=3600,
        windows=FILE,
        sensors=sensors,
    )
    dataset = Dataset(**FILE.model_dump(), rows=9, columns=3, table=FILE)
    results = SensorHealthResults(dataset=dataset, summary=health.summary, health=health, chart=chart)
    name = "sensor-health"
    answer = RunAnswer(
        pipeline=name,
        status="completed",
        outcome="full",
        execution_id="1234567890",
        workflow_id=f"{name}/1234567890",
        metadata=Metadata(),
        results=results.model_dump(mode="json"),
    )
    return rendered(report.page(answer))


def test_each_trouble_is_told_with_its_figures():
    stuck = _sensor("hall", stuck=1, longest_stuck=[Stuck(value=18.4, readings=39, **SPAN)])
    drifts = _sensor("cellar", trend=Trend(per_day=0.9, change=4, t=80, effect=9, drifting=True))
    silent = _sensor("roof", gaps=1, longest_gaps=[Gap(seconds=86_400, missing=21, **SPAN)])
    text = _shown([stuck, drifts, silent])
    assert "stuck at 18.4 for 39 readings" in text
    assert "drifts by +0.9 a day" in text
    assert "1 gap, the longest lacks 21 readings" in text


def test_at_most_twelve_sensors_are_shown_and_the_rest_is_counted():
    text = _shown([_sensor(f"s{n}[/]") for n in range(15)])
    assert "s11[/]" in text
    assert "s12[/]" not in text
    assert "… 3 more: fiberwise show 12345678 --json" in text


def test_where_the_chart_lies_is_told_if_there_is_one():
    assert "Chart " not in _shown([_sensor("a")])
    assert "Chart         file:///s/bb/bb.svg" in _shown(
        [_sensor("a")], FILE.model_copy(update={"uri": "file:///s/bb/bb.svg"})
    )
