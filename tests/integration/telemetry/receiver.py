"""An OTLP/HTTP receiver on 127.0.0.1 that keeps what it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Receiver(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.spans: list[Span] = []
        self.metrics: dict[str, Metric] = {}
        """The last of each name: they are cumulative."""
        self.resources: list[Resource] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def keep_spans(self, body: bytes) -> None:
        for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append(sent.resource)
            self.spans += [span for scope in sent.scope_spans for span in scope.spans]

    def keep_metrics(self, body: bytes) -> None:
        for sent in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            self.resources.append(sent.resource)
            self.metrics |= {metric.name: metric for scope in sent.scope_metrics for metric in scope.metrics}


class _Post(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        keep = {"/v1/traces": self.server.keep_spans, "/v1/metrics": self.server.keep_metrics}[self.path]
        keep(body)
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: stderr belongs to the tests."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = Thread(target=receiver.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()


def attributes(pairs: list[KeyValue]) -> dict[str, str | int | float | bool]:
    return {pair.key: _plain(pair.value) for pair in pairs}


def _plain(value: AnyValue) -> str | int | float | bool:
    return getattr(value, value.WhichOneof("value") or "string_value")
