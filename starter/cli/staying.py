"""What `dev` and `worker` do: serve until they are told to stop, or until what they serve is gone."""

import asyncio
import os

from fiberwise.changing.build import build_id
from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack import Stack, running_stack
from starter.cli.exits import INTERRUPTED
from starter.cli.serving import embedded, served
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import Connection, attached, connection, is_configured
from workflows import AVAILABLE_PIPELINES

LOOK_SECONDS = 1


async def dev(settings: Settings, as_json: bool) -> int:
    """Stays until an interrupt; then serves on until no other command uses the stack, or a second interrupt."""
    async with connection(settings, tell) as reached, served(reached, embedded(settings)):
        _say_where(reached, as_json)
        gone = asyncio.create_task(reached.stack.ended()) if reached.stack else asyncio.Future[None]()
        try:
            await gone
        except asyncio.CancelledError:
            tell("stopping")
            await _let_others_end(reached.stack)
            return INTERRUPTED
        finally:
            gone.cancel()
        tell("the Temporal server ended: stopping")
    hint = f"its log is {settings.logs / 'server.log'}; start again: every run goes on where it was"
    raise ServiceUnavailable("the Temporal server ended", where=str(settings.home), hint=hint)


async def serve(settings: Settings, as_json: bool) -> int:
    """Stays until an interrupt, which lets running steps end within the grace period."""
    reached = await attached(settings)
    try:
        async with served(reached, settings):
            _say_serving(reached, as_json)
            await _gone(settings)
    except asyncio.CancelledError:
        return 0
    where = reached.client.service_client.config.target_host
    raise ServiceUnavailable(
        "the Temporal server ended", where=where, hint="start the worker again once it is up"
    )


def _say_serving(reached: Connection, as_json: bool) -> None:
    where, pipelines = reached.client.service_client.config.target_host, list(AVAILABLE_PIPELINES)
    grace = f"{reached.settings.grace_seconds:g}"
    build = reached.settings.build or build_id(AVAILABLE_PIPELINES)
    if as_json:
        queue = reached.settings.task_queue
        answer_json({"address": where, "task_queue": queue, "pipelines": pipelines, "build_id": build})
    else:
        answer(f"worker {os.getpid()} serves {', '.join(pipelines)} from {where}")
        if reached.settings.versioning != "off":
            tell(
                f"version {build} of {reached.settings.deployment}: docs/changing.md says how to make it current"
            )
        tell(f"Ctrl-C or SIGTERM stops it; running steps then have {grace} s to end")


def _say_where(reached: Connection, as_json: bool) -> None:
    address = reached.stack.address if reached.stack else reached.client.service_client.config.target_host
    if as_json:
        answer_json({"address": address, "namespace": reached.client.namespace, "ui": reached.ui_url})
        return
    lines = [f"Web UI    {reached.ui_url}"] if reached.ui_url else []
    lines += [f"Temporal  {address}, namespace {reached.client.namespace}", "", "in another terminal:"]
    lines += [
        "  fiberwise run complex-multi-agent --data examples/penguins.csv",
        "  fiberwise list",
        "",
        "Ctrl-C stops",
    ]
    answer("\n".join(lines))


async def _let_others_end(stack: Stack | None) -> None:
    """While the worker still serves; it is this command that they were started on."""
    if stack and stack.owned:
        await stack.others_gone(tell)


async def _gone(settings: Settings) -> None:
    """Returns once the embedded server is gone; a configured one may come back, and the SDK waits for it."""
    while is_configured() or await running_stack(settings):  # noqa: ASYNC110 - another process gives no signal
        await asyncio.sleep(LOOK_SECONDS)
