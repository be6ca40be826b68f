"""Draws what `measure` found as a picture: a line of the means of its windows for each sensor."""

from temporalio import activity

from activities.resources import resources
from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.sensor_health import Drawing
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore


@activity.defn
async def draw_sensor_health(drawing: Drawing) -> Artifact:
    """The step: see `draw`."""
    return await compute(draw, drawing, resources().artifacts)


def draw(drawing: Drawing, store_url: str) -> Artifact:
    """An SVG file. Raises ArtifactMissing and ArtifactCorrupt."""
    from activities.functions.sensors.chart import chart, read_windows

    store = ArtifactStore(store_url)
    windows = read_windows(store.read_bytes(drawing.health.windows).decode())
    return store.put_bytes(chart(drawing, windows).encode(), "svg")
