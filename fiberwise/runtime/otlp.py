"""Traces and metrics over OTLP/HTTP. Only `telemetry` imports this, and only once telemetry is on."""

import os
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter, NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, Span
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.util.re import parse_env_headers
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin, create_tracer_provider
from temporalio.plugin import SimplePlugin
from temporalio.runtime import OpenTelemetryConfig

from fiberwise.runtime.step_meter import StepMeter
from fiberwise.runtime.telemetry import CountsAlarms, Signal, Telemetry

SCOPE = "fiberwise"
# A client that watches a run queries it several times a second, which would drown the run itself.
QUERIES = ("QueryWorkflow:", "HandleQuery:")

Flush = Callable[[], object]


class RunSpans(BatchSpanProcessor):
    """Marks each span of a run with its pipeline and execution id, and leaves queries out."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        workflow_id = (span.attributes or {}).get("temporalWorkflowID")
        pipeline, slash, execution_id = str(workflow_id).partition("/")
        if slash:
            span.set_attributes({"fiberwise.pipeline": pipeline, "fiberwise.execution_id": execution_id})

    def on_end(self, span: ReadableSpan) -> None:
        if not span.name.startswith(QUERIES):
            super().on_end(span)


def switched_on(asked: frozenset[Signal]) -> Telemetry:
    """Exporters, providers and plugin for what is asked. Raises ValueError or RuntimeError for a bad variable."""
    for signal in asked:
        _check_protocol(signal)
    resource = _resource()
    core = _core_metrics() if "METRICS" in asked else None
    plugins, flush_spans = _traces(resource) if "TRACES" in asked else ((), ())
    meter, flush_meter = (
        _metrics(resource) if "METRICS" in asked else (NoOpMeterProvider().get_meter(SCOPE), ())
    )
    return Telemetry(plugins, StepMeter(meter), core, (*flush_spans, *flush_meter), _alarms(meter))


def _alarms(meter: Meter) -> CountsAlarms:
    counter = meter.create_counter("fiberwise.alarms", "{alarm}", "Runs found not to go on by themselves")

    def count(kind: str, pipeline: str) -> None:
        counter.add(1, {"fiberwise.alarm": kind, "fiberwise.pipeline": pipeline})

    return count


def _traces(resource: Resource) -> tuple[tuple[SimplePlugin, ...], tuple[Flush, ...]]:
    # At exit `flush` is called, within its bound; the SDK's own would wait for a dead collector.
    provider = create_tracer_provider(resource=resource, shutdown_on_exit=False)
    processor = RunSpans(OTLPSpanExporter())
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)  # the plugin knows none but the global one
    return (OpenTelemetryPlugin(add_temporal_spans=True),), (processor.force_flush,)


def _metrics(resource: Resource) -> tuple[Meter, tuple[Flush, ...]]:
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    provider = MeterProvider([reader], resource, shutdown_on_exit=False)
    return provider.get_meter(SCOPE), (reader.force_flush,)


def _resource() -> Resource:
    """What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say; without a name it is ours."""
    found = Resource.create()
    if str(found.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return found.merge(Resource({SERVICE_NAME: "fiberwise"}))
    return found


def _check_protocol(signal: Signal) -> None:
    name = f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL"
    asked = os.environ.get(name) or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or "http/protobuf"
    if asked.strip() != "http/protobuf":
        raise ValueError(f"OTLP goes over http/protobuf only, and {name} or its general form says {asked}")


def _core_metrics() -> OpenTelemetryConfig:
    """For the SDK's core, which sends its own metrics and reads none of the variables."""
    base = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "http://localhost:4318"
    url = os.environ.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") or base.rstrip("/") + "/v1/metrics"
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ValueError(f"the OTLP endpoint {url} is no http URL")
    headers = os.environ.get("OTEL_EXPORTER_OTLP_METRICS_HEADERS") or os.environ.get(
        "OTEL_EXPORTER_OTLP_HEADERS", ""
    )
    every = timedelta(milliseconds=float(os.environ.get("OTEL_METRIC_EXPORT_INTERVAL") or 60_000))
    return OpenTelemetryConfig(
        url, headers=parse_env_headers(headers, liberal=True), metric_periodicity=every, http=True
    )
