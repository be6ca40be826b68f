"""What arrives at an OTLP receiver from a program of ours, and that a bad receiver harms nothing."""

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import HistogramDataPoint, NumberDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from temporalio.testing import WorkflowEnvironment

from fiberwise.runtime.telemetry import FLUSH_SECONDS
from tests.integration.telemetry.receiver import Receiver, attributes, receiving

ROOT = Path(__file__).parents[3]
RUN = ["remembering", "forgetting"]


class Sent(NamedTuple):
    receiver: Receiver
    told: dict[str, str]

    def spans(self, run: str) -> list[Span]:
        """The spans of a run, in the order of their start."""
        found = [
            s
            for s in self.receiver.spans
            if attributes(s.attributes).get("temporalWorkflowID") == self.told[run]
        ]
        return sorted(found, key=lambda span: span.start_time_unix_nano)

    def points(self, metric: str) -> dict[tuple[str, str], NumberDataPoint | HistogramDataPoint]:
        """By (step, outcome)."""
        found = self.receiver.metrics[metric]
        points = (found.sum if found.HasField("sum") else found.histogram).data_points
        told = [(attributes(point.attributes), point) for point in points]
        return {
            (str(about["fiberwise.step"]), str(about["fiberwise.outcome"])): point for about, point in told
        }


def program(env: WorkflowEnvironment, home: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    given = {
        "TEMPORAL_ADDRESS": env.client.service_client.config.target_host,
        "FIBERWISE_HOME": str(home),
        "FIBERWISE_TASK_QUEUE": f"traced-{home.name}",
        "FIBERWISE_GRACE_SECONDS": "0.2",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.integration.telemetry.traced", *arguments],
        cwd=ROOT,
        env={**os.environ, **given, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def sent(env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    with receiving() as receiver:
        running = program(
            env,
            tmp_path_factory.mktemp("home"),
            OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
            OTEL_EXPORTER_OTLP_HEADERS="x-key=secret",
            OTEL_SERVICE_NAME="ours",
            OTEL_RESOURCE_ATTRIBUTES="deployment.environment=test",
            OTEL_METRIC_EXPORT_INTERVAL="200",
        )
        out, err = running.communicate(timeout=60)
        assert (running.returncode, err) == (0, "")
        yield Sent(receiver, json.loads(out))


@pytest.mark.parametrize("run", RUN)
def test_a_run_is_one_trace_from_its_start_to_each_attempt(sent: Sent, run: str):
    spans = sent.spans(run)
    by_id = {span.span_id: span for span in spans}
    parents = Counter(
        (by_id[span.parent_span_id].name if span.parent_span_id else "", span.name) for span in spans
    )
    assert parents == {
        ("", "StartWorkflow:retried"): 1,
        ("StartWorkflow:retried", "RunWorkflow:retried"): 1,
        ("RunWorkflow:retried", "StartActivity:act"): 3,
        ("StartActivity:act", "RunActivity:act"): 4,
        ("RunWorkflow:retried", "StartActivity:record_execution"): 1,
        ("StartActivity:record_execution", "RunActivity:record_execution"): 1,
    }
    assert len({span.trace_id for span in spans}) == 1


@pytest.mark.parametrize("run", RUN)
def test_the_span_of_a_workflow_lasts_as_long_as_all_that_it_did(sent: Sent, run: str):
    spans = sent.spans(run)
    whole = next(span for span in spans if span.name == "RunWorkflow:retried")
    attempts = [span for span in spans if span.name == "RunActivity:act"]
    assert whole.end_time_unix_nano >= max(span.end_time_unix_nano for span in attempts)
    assert whole.end_time_unix_nano - whole.start_time_unix_nano >= 50_000_000  # the backoff alone


@pytest.mark.parametrize("run", RUN)
def test_each_attempt_says_which_run_step_and_attempt_it_was_and_what_came_of_it(sent: Sent, run: str):
    attempts = [span for span in sent.spans(run) if span.name == "RunActivity:act"]
    told = [attributes(span.attributes) for span in attempts]
    keys = ("step", "attempt", "outcome", "rows")
    assert {tuple(about.get(f"fiberwise.{key}") for key in keys) for about in told} == {
        ("first", 1, "failed", None),
        ("first", 2, "completed", 3),
        ("left", 1, "completed", 3),
        ("right", 1, "failed", None) if run == "remembering" else ("right", 1, "completed", 3),
    }
    pipeline, execution_id = sent.told[run].split("/")
    assert {about["fiberwise.pipeline"] for about in told} == {pipeline}
    assert {about["fiberwise.execution_id"] for about in told} == {execution_id}


def test_what_failed_has_the_status_of_an_error_with_its_cause(sent: Sent):
    def status(run: str, name: str) -> Status:
        return next(span.status for span in sent.spans(run) if span.name == name)

    attempt, failed = status("forgetting", "RunActivity:act"), status("remembering", "RunWorkflow:retried")
    assert {attempt.code, failed.code} == {Status.StatusCode.STATUS_CODE_ERROR}
    assert "no luck at attempt 1" in attempt.message
    assert "column `x` is missing" in failed.message
    assert status("forgetting", "RunWorkflow:retried").code == Status.StatusCode.STATUS_CODE_UNSET


def test_replay_sends_no_span_twice(sent: Sent):
    assert len(sent.receiver.spans) == len({span.span_id for span in sent.receiver.spans})
    assert len(sent.receiver.spans) == len(sent.spans("remembering")) + len(sent.spans("forgetting"))


def test_replay_counts_no_attempt_twice(sent: Sent):
    attempts = {key: point.as_int for key, point in sent.points("fiberwise.step.attempts").items()}
    assert attempts == {
        ("first", "failed"): 2,
        ("first", "completed"): 2,
        ("left", "completed"): 2,
        ("right", "failed"): 1,
        ("right", "completed"): 1,
    }


def test_time_cpu_memory_and_rows_are_measured_by_step(sent: Sent):
    assert {key: point.as_int for key, point in sent.points("fiberwise.step.rows").items()} == {
        ("first", "completed"): 6,
        ("left", "completed"): 6,
        ("right", "completed"): 3,
    }
    for metric, least in (("duration", 0), ("cpu", 0), ("peak_memory", 10 << 20)):
        point = sent.points(f"fiberwise.step.{metric}")["left", "completed"]
        assert point.count == 2
        assert point.min > least


def test_the_core_of_the_sdk_sends_its_metrics_too(sent: Sent):
    assert "temporal_workflow_endtoend_latency" in sent.receiver.metrics


def test_service_name_resource_and_headers_are_those_of_the_environment(sent: Sent):
    ours = [
        a
        for a in map(attributes, (r.attributes for r in sent.receiver.resources))
        if a["service.name"] == "ours"
    ]
    assert {about["deployment.environment"] for about in ours} == {"test"}
    assert {headers["x-key"] for headers in sent.receiver.headers} == {"secret"}


def test_a_dead_collector_neither_slows_nor_fails_a_run_nor_shows_on_the_terminal(
    env: WorkflowEnvironment, tmp_path: Path
):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        refuses = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        never_answers = f"http://127.0.0.1:{silent.getsockname()[1]}"
        endpoints = {
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": refuses,
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": never_answers,
        }
        running = program(env, tmp_path, "once", OTEL_METRIC_EXPORT_INTERVAL="200", **endpoints)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (0, "")
    told = json.loads(out)
    assert told["seconds"] < 10  # the time after which an exporter gives up
    assert time.time() - told["ended"] < FLUSH_SECONDS + 5
    assert "opentelemetry" in (tmp_path / "logs" / "worker.log").read_text()
