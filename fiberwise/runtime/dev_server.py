"""One process of `temporal server start-dev` on the database of a state folder: started, found, stopped."""

import asyncio
import os
import subprocess
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil
import temporalio.api.workflowservice.v1 as wire
from temporalio.client import Client
from temporalio.service import RPCError

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.runtime.polling import POLL_SECONDS, until
from fiberwise.runtime.ports import LOOPBACK, Ports
from fiberwise.runtime.server_args import ENVIRONMENT, RETENTION, sqlite_args, tuned_args

NAMESPACE = "default"
START_SECONDS = 60  # up in 0.2 s on a quiet machine; a database of some GB, or a busy machine, takes longer
STOP_SECONDS = 10  # it ends within 1.1 s of SIGTERM
ANSWER_SECONDS = 10
LOG_BYTES = 20 << 20
DATABASE = "temporal.sqlite"


class PortTaken(ServiceUnavailable):
    """Another process took a port between our choosing it and the server's binding it."""


def spawn(program: Path, home: Path, ports: Ports, lock: int) -> psutil.Popen:
    """Starts the server, which inherits the descriptor `lock`. It may not answer yet."""
    with (home / "logs" / "server.log").open("ab") as log:
        return psutil.Popen(
            _command(program, home, ports),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[lock],
            cwd=home,
            env=_environment(),
            # A session of its own: Ctrl-C in the terminal reaches us first, who then stop it in good order.
            start_new_session=True,
        )


async def until_ready(process: psutil.Process, home: Path, ports: Ports, log_start: int) -> None:
    """Returns once the server answers, its retention set. Raises ServiceUnavailable if it dies."""
    deadline = time.monotonic() + START_SECONDS
    while not (listens(process, ports.server) and await answers(ports.server)):
        if not is_alive(process):
            raise _death(home, log_start)
        if time.monotonic() > deadline:
            raise ServiceUnavailable(
                f"the Temporal server does not answer within {START_SECONDS} s",
                where=str(home),
                hint=f"see {home / 'logs' / 'server.log'}",
            )
        await asyncio.sleep(POLL_SECONDS)


async def answers(port: int) -> bool:
    """Whether a server there knows our namespace; sets its retention where that is not ours."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            client = await Client.connect(f"{LOOPBACK}:{port}", namespace=NAMESPACE)
            await _retain(client)
    except (RuntimeError, RPCError, TimeoutError):
        return False
    return True


def find_process(home: Path) -> psutil.Process | None:
    """The live server of this state folder, known by its command line, since process ids are reused."""
    database = str(home / DATABASE)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            command = process.cmdline()
            if "start-dev" in command and database in command:
                return process
    return None


def is_alive(process: psutil.Process) -> bool:
    """False for a zombie too: where a container's first process reaps nobody, a dead server stays one."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def stop(process: psutil.Process) -> None:
    """SIGTERM, then SIGKILL; when this returns or raises, the process is gone."""
    try:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
        await until(lambda: not is_alive(process), STOP_SECONDS)
    finally:
        with suppress(psutil.NoSuchProcess):
            process.kill()
        with suppress(psutil.TimeoutExpired, psutil.NoSuchProcess):
            process.wait(1)


def bound_log(home: Path) -> int:
    """Moves a large log aside (one is kept); returns where the next start's lines begin, in bytes."""
    log = home / "logs" / "server.log"
    if not log.exists():
        return 0
    if log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
        return 0
    return log.stat().st_size


def _command(program: Path, home: Path, ports: Ports) -> list[str]:
    where = ["--ip", LOOPBACK, "--ui-ip", LOOPBACK, "--port", str(ports.server), "--ui-port", str(ports.ui)]
    state = ["--db-filename", str(home / DATABASE), "--log-level", "warn"]
    return [str(program), "server", "start-dev", *where, *state, *sqlite_args(), *tuned_args()]


def _environment() -> dict[str, str]:
    # TEMPORAL_ variables are for clients: a profile that names a cluster far away must not reach this server.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TEMPORAL_")}
    return kept | ENVIRONMENT


def listens(process: psutil.Process, port: int) -> bool:
    # By the process, not by the port alone: on a port taken from us somebody else's server may answer.
    try:
        return any(
            c.laddr.port == port for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN
        )
    except psutil.Error:
        return False


async def _retain(client: Client) -> None:
    wait = timedelta(seconds=ANSWER_SECONDS)
    service = client.workflow_service
    found = await service.describe_namespace(wire.DescribeNamespaceRequest(namespace=NAMESPACE), timeout=wait)
    if found.config.workflow_execution_retention_ttl.ToTimedelta() == RETENTION:
        return
    request = wire.UpdateNamespaceRequest(namespace=NAMESPACE)
    request.config.workflow_execution_retention_ttl.FromTimedelta(RETENTION)
    await service.update_namespace(request, timeout=wait)


def _death(home: Path, log_start: int) -> ServiceUnavailable:
    log = home / "logs" / "server.log"
    with log.open("rb") as file:
        file.seek(log_start)
        lines = file.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    kind = PortTaken if "address already in use" in last else ServiceUnavailable
    message = f"the Temporal server ended at its start: {last[:300]}"
    return kind(message, where=str(home), hint=f"the whole of it is in {log}")
