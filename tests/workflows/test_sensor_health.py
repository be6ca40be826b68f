"""`sensor-health` on a server: what it finds, what it goes on without, whole and in chunks, and what it remembers."""

from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from activities.resources import Resources, provide
from fiberwise.contracts.sensor_health import SensorHealthRequest, SensorHealthResults
from fiberwise.datasets.limits import Limits
from fiberwise.runtime.settings import Settings
from fiberwise.store.artifacts import ArtifactStore
from tests.conftest import Serve
from tests.workflows.running import Result, begin, ended, told
from workflows.sensor_health import SensorHealthPipeline

PIPELINES = {"sensor-health": SensorHealthPipeline}
READINGS = str(Path(__file__).parents[2] / "examples" / "sensors.csv")
HEAD, *ROWS = Path(READINGS).read_text().splitlines()
CHUNK = 8192


@pytest.fixture(autouse=True)
def worker_resources(settings: Settings) -> None:
    limits = Limits.of(settings)
    small = Limits(**{**vars(limits), "chunk_bytes": CHUNK})
    provide(Resources(settings.artifacts_url, settings.home / "published", small))


async def _run(
    client: Client, settings: Settings, serve: Serve, request: SensorHealthRequest, **how: Any
) -> Result:
    async with serve(PIPELINES):
        return await ended(await begin(client, settings, "sensor-health", request, **how))


def found(result: Result) -> SensorHealthResults:
    return SensorHealthResults.model_validate(result.results)


async def test_it_finds_what_is_wrong_with_each_sensor(client: Client, settings: Settings, serve: Serve):
    result = await _run(client, settings, serve, SensorHealthRequest(data=READINGS))
    health = found(result).health
    assert (result.outcome, result.reasons) == ("full", [])
    assert (health.count, health.readings, health.unread) == (4, 938, 1)
    troubles = {one.name: one.troubles for one in health.sensors}
    assert troubles == {"cellar": ["drifting"], "hall": ["stuck"], "roof": ["gaps"], "boiler room": []}
    assert found(result).summary == (
        "4 sensors · 938 readings: 1 stuck, 1 drifting, 1 with gaps. Rows that are no readings: 1."
    )


async def test_its_picture_is_a_file_in_the_store(client: Client, settings: Settings, serve: Serve):
    chart = found(await _run(client, settings, serve, SensorHealthRequest(data=READINGS))).chart
    assert chart is not None
    picture = ArtifactStore(settings.artifacts_url).read_bytes(chart).decode()
    assert picture.startswith("<svg")
    assert all(f">{name}</text>" in picture for name in ("cellar", "hall", "roof", "boiler room"))


async def test_a_request_without_anything_is_of_made_readings(
    client: Client, settings: Settings, serve: Serve
):
    result = await _run(client, settings, serve, SensorHealthRequest())
    assert (result.outcome, found(result).health.count) == ("full", 50)
    assert found(result).dataset.remembered_as == "generate_test_data:sensors"


@pytest.mark.parametrize(("step", "lost"), [("draw", ["chart"]), ("extract", ["extract", "drift"])])
async def test_it_goes_on_without_picture_and_profile(
    client: Client, settings: Settings, serve: Serve, step: str, lost: list[str]
):
    result = await _run(client, settings, serve, SensorHealthRequest(data=READINGS), faults={step: "fail"})
    assert (result.status, result.outcome) == ("completed", "degraded")
    assert [getattr(found(result), part) for part in lost] == [None] * len(lost)
    assert found(result).health.count == 4


async def test_a_column_that_is_not_there_is_refused_at_the_first_attempt(
    client: Client, settings: Settings, serve: Serve
):
    request = SensorHealthRequest(data=READINGS, value="humidity")
    result = await _run(client, settings, serve, request)
    assert result.failure is not None
    assert (result.outcome, result.failure.type) == ("failed", "BadInput")
    assert result.failure.hint == "set `value` to one of: measured_at, sensor, temperature"
    assert told(result.execution_log, "measure") == [(1, "failed")]


async def test_in_chunks_it_finds_the_same(client: Client, settings: Settings, serve: Serve):
    request = SensorHealthRequest(data=READINGS)
    whole = found(await _run(client, settings, serve, request))
    result = await _run(client, settings, serve, request, stream=True)
    chunked = found(result)
    assert result.outcome == "full"
    assert chunked.dataset.chunks is not None
    assert chunked.dataset.chunks.count > 2
    left = {"windows": True, "sensors": {"__all__": {"mean", "std", "trend"}}}
    assert chunked.health.model_dump(exclude=left) == whole.health.model_dump(exclude=left)
    for one, other in zip(chunked.health.sensors, whole.health.sensors, strict=True):
        assert one.trend is not None
        assert other.trend is not None
        assert (one.mean, one.trend.change) == pytest.approx((other.mean, other.trend.change))


async def test_a_chunk_that_fails_degrades_the_run(client: Client, settings: Settings, serve: Serve):
    request = SensorHealthRequest(data=READINGS)
    result = await _run(client, settings, serve, request, stream=True, faults={"measure#2": "fail"})
    assert result.outcome == "degraded"
    assert result.reasons[0].startswith("measure is without 1 of ")
    assert 600 < found(result).health.readings < 938


async def test_chunks_that_lie_over_each_other_in_time_degrade_the_run(
    client: Client, settings: Settings, serve: Serve, tmp_path: Path
):
    file = tmp_path / "sensors.csv"
    file.write_text("\n".join([HEAD, *ROWS[::2], *ROWS[1::2]]) + "\n")
    result = await _run(client, settings, serve, SensorHealthRequest(data=str(file)), stream=True)
    assert result.outcome == "degraded"
    assert "lie over each other in time" in result.reasons[0]


async def test_the_second_run_on_a_source_tells_what_has_moved(
    client: Client, settings: Settings, serve: Serve, tmp_path: Path
):
    warmer = tmp_path / "sensors.csv"
    cells = [row.split(",") for row in ROWS]
    moved = [f"{at},{name},{float(x) + 4:.1f}" if x else f"{at},{name}," for at, name, x in cells]
    warmer.write_text("\n".join([HEAD, *moved]) + "\n")
    async with serve(PIPELINES):
        drifts = []
        for file in (READINGS, READINGS, str(warmer)):
            request = SensorHealthRequest(data=file, source="house")
            result = found(await ended(await begin(client, settings, "sensor-health", request)))
            drifts.append(result.drift)
    first, same, other = drifts
    assert first is None
    assert same is not None
    assert same.changes == []
    assert other is not None
    assert [(change.column, change.what) for change in other.changes] == [("temperature", "mean")]
    assert result.summary.endswith(other.text)
