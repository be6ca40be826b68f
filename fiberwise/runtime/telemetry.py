"""OpenTelemetry, on by its standard OTEL_ variables alone: off, none of it is imported and nothing is added."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Thread
from typing import Literal

from temporalio.plugin import SimplePlugin
from temporalio.runtime import OpenTelemetryConfig

from fiberwise.runtime.step_interceptor import ObservesAttempts

CountsAlarms = Callable[[str, str], None]
"""Told the kind of an alarm and the pipeline, once when it is raised."""
Signal = Literal["TRACES", "METRICS"]
SIGNALS: tuple[Signal, ...] = ("TRACES", "METRICS")
# A process that ends waits this long for a collector, and no longer.
FLUSH_SECONDS = 2.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Telemetry:
    """What a process hands to its client, its worker and the SDK's runtime; all of it empty while telemetry is off."""

    plugins: tuple[SimplePlugin, ...] = ()
    observe: ObservesAttempts | None = None
    core_metrics: OpenTelemetryConfig | None = None
    flushes: tuple[Callable[[], object], ...] = ()
    count_alarm: CountsAlarms | None = None

    def flush(self, seconds: float = FLUSH_SECONDS) -> bool:
        """Sends what is still held. False where that was not done in this time: what is left is lost."""
        threads = [Thread(target=send, daemon=True) for send in self.flushes]
        until = time.monotonic() + seconds
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)


OFF = Telemetry()


@cache
def telemetry() -> Telemetry:
    """This process's telemetry, switched on by the first call if the environment asks for it.

    A variable that cannot be obeyed leaves it off and is told in the log: telemetry never fails a run.
    """
    asked = signals(os.environ)
    if not asked:
        return OFF
    from fiberwise.runtime import otlp

    # With no handler at all, Python prints warnings to stderr: a dead collector is a matter for a log.
    logging.getLogger("opentelemetry").addHandler(logging.NullHandler())
    try:
        return otlp.switched_on(asked)
    except (ValueError, RuntimeError) as error:
        _logger.warning("telemetry stays off: %s", error)
        return OFF


def signals(environ: Mapping[str, str]) -> frozenset[Signal]:
    """What is to be sent: where an exporter is named, what that says; else whatever has an endpoint."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    return frozenset(signal for signal in SIGNALS if _is_on(environ, signal))


def flush() -> None:
    """What the end of a process calls, whether or not telemetry is on."""
    if telemetry.cache_info().currsize:
        telemetry().flush()


def _is_on(environ: Mapping[str, str], signal: Signal) -> bool:
    if named := environ.get(f"OTEL_{signal}_EXPORTER", "").strip().lower():
        return "otlp" in (exporter.strip() for exporter in named.split(","))
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    return any(environ.get(name) for name in endpoints)
