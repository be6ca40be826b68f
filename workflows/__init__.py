"""The registry. A new pipeline is a class in this folder, a line here, a contract and a page in docs/pipelines/."""

from fiberwise.pipeline.pipeline import Pipeline
from workflows.complex_multi_agent import ComplexMultiAgentPipeline
from workflows.data_digest import DataDigestPipeline
from workflows.sensor_health import SensorHealthPipeline

AVAILABLE_PIPELINES: dict[str, type[Pipeline]] = {
    "complex-multi-agent": ComplexMultiAgentPipeline,
    "data-digest": DataDigestPipeline,
    "sensor-health": SensorHealthPipeline,
}
