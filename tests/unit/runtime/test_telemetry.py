"""When telemetry is on, what it costs when it is not, and what is counted of an attempt."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from temporalio.testing import ActivityEnvironment

from fiberwise.contracts.attempt import STEP_CANCELLED, Attempt, Failure, Metrics
from fiberwise.runtime.step_meter import StepMeter
from fiberwise.runtime.telemetry import OFF, Telemetry, signals, telemetry

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    telemetry.cache_clear()
    yield monkeypatch
    telemetry.cache_clear()


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({}, set()),
        (ENDPOINT, {"TRACES", "METRICS"}),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, set()),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, {"TRACES"}),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:4318/v1/metrics"}, {"METRICS"}),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, {"TRACES"}),
        ({"OTEL_METRICS_EXPORTER": "prometheus, otlp"}, {"METRICS"}),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, {"METRICS"}),
        ({**ENDPOINT, "OTEL_METRICS_EXPORTER": "console"}, {"TRACES"}),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "TRUE"}, set()),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "false"}, {"TRACES", "METRICS"}),
        ({"OTEL_SERVICE_NAME": "ours"}, set()),
    ],
)
def test_the_standard_variables_say_what_is_sent(environ: dict[str, str], sent: set[str]):
    assert signals(environ) == sent


def test_off_imports_nothing_of_opentelemetry_and_adds_nothing():
    program = (
        "import sys, worker, starter.connection\n"
        "from fiberwise.runtime.telemetry import OFF, flush, telemetry\n"
        "assert telemetry() == OFF == type(OFF)()\n"
        "flush()\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env={})
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "often"),
    ],
)
def test_a_variable_that_cannot_be_obeyed_leaves_telemetry_off_and_is_told_in_the_log(
    fresh: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str, value: str
):
    for name, given in {**ENDPOINT, variable: value}.items():
        fresh.setenv(name, given)
    assert telemetry() == OFF
    assert "telemetry stays off" in caplog.text
    assert value in caplog.text


def test_flush_ends_in_its_time_though_a_collector_never_answers():
    answer = Event()
    sent: list[str] = []
    on = Telemetry(flushes=(lambda: answer.wait(30), lambda: sent.append("spans")))
    assert on.flush(seconds=0.1) is False
    assert sent == ["spans"]
    answer.set()
    assert on.flush(seconds=5) is True


def points(*attempts: Attempt) -> dict[str, list[NumberDataPoint | HistogramDataPoint]]:
    """What these attempts of step `left` give, by metric."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    observe = StepMeter(provider.get_meter("test"))
    info = replace(ActivityEnvironment.default_info(), activity_id="left#1.1", workflow_type="scripted")
    for attempt in attempts:
        observe(attempt, info)
    data = reader.get_metrics_data()
    assert data is not None
    metrics = data.resource_metrics[0].scope_metrics[0].metrics
    return {metric.name.removeprefix("fiberwise.step."): list(metric.data.data_points) for metric in metrics}


def attempt(error: Failure | None = None, **metrics: float | None) -> Attempt:
    started = datetime(2026, 1, 1, tzinfo=UTC)
    ended = started + timedelta(milliseconds=1500)
    return Attempt(n=1, started=started, ended=ended, error=error, metrics=Metrics.model_validate(metrics))


def test_an_attempt_is_measured_by_pipeline_and_step():
    found = points(attempt(cpu_ms=400.0, peak_rss_bytes=1 << 30, rows=7))
    assert {point.attributes["fiberwise.pipeline"] for [point] in found.values()} == {"scripted"}
    assert {point.attributes["fiberwise.step"] for [point] in found.values()} == {"left"}
    assert (found["attempts"][0].value, found["rows"][0].value) == (1, 7)
    sums = {name: found[name][0].sum for name in ("duration", "cpu", "peak_memory")}
    assert sums == {"duration": 1500, "cpu": 400, "peak_memory": 1 << 30}


def test_attempts_are_counted_by_outcome_and_rows_only_where_they_came_to_something():
    failed, cancelled = Failure(type="ValueError", message="no"), Failure(type=STEP_CANCELLED, message="stop")
    found = points(attempt(rows=7), attempt(failed, rows=9), attempt(cancelled, rows=9))
    outcomes = {point.attributes["fiberwise.outcome"]: point.value for point in found["attempts"]}
    assert outcomes == {"completed": 1, "failed": 1, "cancelled": 1}
    assert [point.value for point in found["rows"]] == [7]


def test_a_result_that_was_kept_is_counted_as_such():
    [point] = points(attempt().model_copy(update={"cache": "hit, from execution 1"}))["attempts"]
    assert point.attributes["fiberwise.outcome"] == "cached"


def test_what_a_machine_cannot_measure_is_not_told_as_zero():
    assert set(points(attempt())) == {"attempts", "duration"}
