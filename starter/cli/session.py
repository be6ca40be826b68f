"""What a command that works runs in: settings, log files, an event loop, and what an interrupt means."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from logging.handlers import RotatingFileHandler
from typing import Any

import uvloop
from pydantic import ValidationError
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.errors import BadInput, NotFound, PipelineError, ServiceUnavailable
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack_state import state_folder
from fiberwise.runtime.telemetry import flush, telemetry
from starter.cli.exits import INTERRUPTED

LOG_BYTES = 5 << 20
Work = Callable[[Settings], Coroutine[Any, Any, int]]


def load_settings(**changes: object) -> Settings:
    """Settings from the environment, with a command's own changes. Raises BadInput naming the variable."""
    try:
        found = Settings()
        return found.model_copy(update=changes)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = "FIBERWISE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadInput(
            f"{name}: {first['msg']}", where="environment", hint="docs/settings.md lists them all"
        ) from error


def act(work: Work, settings: Settings | None = None) -> int:
    """Runs a command to its end; SIGINT and SIGTERM cancel it, a second one hurries it. Returns its exit code."""
    settings = settings or load_settings()
    keep_logs(settings)
    # The loop is left open: to close it waits for threads, and the process ends by os._exit in any case.
    try:
        return uvloop.new_event_loop().run_until_complete(
            _interruptible(work(settings), settings.grace_seconds)
        )
    finally:
        flush()


def keep_logs(settings: Settings) -> None:
    """Python's log and the SDK's go to a file, so that a terminal shows nothing but the command's own words."""
    file = state_folder(settings) / "logs" / "worker.log"
    handler = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=2, delay=True, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    forwarding = LogForwardingConfig(logging.getLogger("temporalio.core"))
    told = LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding)
    Runtime.set_default(
        Runtime(telemetry=TelemetryConfig(logging=told, metrics=telemetry().core_metrics)),
        error_if_already_set=False,
    )


async def _interruptible(work: Coroutine[Any, Any, int], grace: float) -> int:
    task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
    caught: list[signal.Signals] = []

    def interrupt(sent: signal.Signals) -> None:
        caught.append(sent)
        task.cancel()
        # Nobody presses a key again: others who use the stack get the grace period.
        if sent != signal.SIGINT:
            loop.call_later(grace, task.cancel)

    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(sent) != signal.SIG_IGN:
            loop.add_signal_handler(sent, interrupt, sent)
    try:
        return await task
    except asyncio.CancelledError:
        if not caught:
            raise
        return INTERRUPTED
    except RPCError as error:
        raise _told(error) from error


def _told(error: RPCError) -> PipelineError:
    if error.status == RPCStatusCode.NOT_FOUND:
        return NotFound(
            f"Temporal does not know it: {error.message}", hint="`fiberwise list` shows what there is"
        )
    if error.status == RPCStatusCode.INVALID_ARGUMENT:
        return BadInput(f"Temporal refuses it: {error.message}")
    hint = "is the server up? `fiberwise doctor` looks at everything that is needed"
    return ServiceUnavailable(f"Temporal does not answer: {error.message}", hint=hint)
