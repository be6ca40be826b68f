"""Looks at the readings of sensors, whole or in chunks: windows, gaps, values that are stuck, values that drift."""

from temporalio import activity

from activities.resources import resources
from fiberwise.contracts.dataset import Chunks
from fiberwise.contracts.sensor_health import SensorHealth, SensorStudy
from fiberwise.contracts.stream import Gathered, Part, Portion
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore


@activity.defn
async def measure_sensor_health(study: SensorStudy) -> SensorHealth:
    """The step: see `measure`."""
    return await compute(measure, study, resources().artifacts)


@activity.defn
async def summarize_readings(portion: Portion[SensorStudy]) -> Part:
    """One chunk: see `summarize_chunk`."""
    return await compute(
        summarize_chunk, portion.request, portion.chunks, portion.number, resources().artifacts
    )


@activity.defn
async def merge_readings(gathered: Gathered[SensorStudy]) -> SensorHealth:
    """All chunks: see `merge`."""
    return await compute(merge, gathered.request, gathered.parts, resources().artifacts)


# The table engine is imported in the child alone: the worker's event loop never waits for it.


def measure(study: SensorStudy, store_url: str) -> SensorHealth:
    """Raises BadInput for columns that are not there and for no reading at all; ArtifactMissing, ArtifactCorrupt."""
    from activities.agents.data_processor.cells import read_cells
    from activities.functions.sensors.partial import summarize
    from activities.functions.sensors.verdict import judge

    store = ArtifactStore(store_url)
    return judge([summarize(read_cells(store, study.dataset.whole), study)], study, store)


def summarize_chunk(study: SensorStudy, chunks: Chunks, number: int, store_url: str) -> Part:
    """What the readings of one chunk come to, in a form that can be merged. Raises as `measure`."""
    from activities.functions.sensors.partial import summarize
    from fiberwise.datasets.assembling import chunk_cells, table_chunk

    store = ArtifactStore(store_url)
    chunk = table_chunk(store, chunks, number)
    found = summarize(chunk_cells(store, chunks, chunk), study)
    file = store.put_bytes(found.model_dump_json().encode(), "json")
    return Part(number=number, file=file, rows=chunk.rows, bytes=chunk.table.bytes)


def merge(study: SensorStudy, parts: list[Part], store_url: str) -> SensorHealth:
    """The same of all parts, in any order. Raises as `measure`."""
    from activities.functions.sensors.partial import Partial
    from activities.functions.sensors.verdict import judge

    store = ArtifactStore(store_url)
    partials = [
        Partial.model_validate_json(store.read_bytes(part.file))
        for part in sorted(parts, key=lambda part: part.number)
    ]
    return judge(partials, study, store)
