"""How the starter reaches Temporal: a server that is configured, else the embedded stack of the state folder."""

import os
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.service import RPCError

from fiberwise.contracts.errors import BadInput, ServiceUnavailable
from fiberwise.runtime.dev_server import NAMESPACE
from fiberwise.runtime.payload_storage import ArtifactPayloads
from fiberwise.runtime.plugin import plugin
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack import Stack, open_stack, running_stack
from fiberwise.runtime.telemetry import telemetry
from fiberwise.store.artifacts import ArtifactStore

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Connection:
    """A client, where people look at runs, and the embedded stack if that is what it reaches."""

    client: Client
    settings: Settings
    ui_url: str
    stack: Stack | None = None


def is_configured() -> bool:
    """Whether a server is named: by TEMPORAL_ variables or a profile of Temporal's own configuration file."""
    return "target_host" in _profile()


@asynccontextmanager
async def connection(settings: Settings, tell: Tell) -> AsyncGenerator[Connection]:
    """The configured server's connection, else that of the embedded stack, started if it is not up.

    Raises ServiceUnavailable when neither answers; BadInput when Temporal's configuration cannot be read.
    """
    if is_configured():
        yield Connection(await _connect(settings, **_profile()), settings, settings.ui_url)
        return
    async with open_stack(settings, tell) as stack:
        client = await _connect(settings, target_host=stack.address, namespace=stack.namespace)
        yield Connection(client, settings, settings.ui_url or stack.ui_url, stack)


async def attached(settings: Settings) -> Connection:
    """A connection to a server that is up already, without a hold on the embedded stack. Raises ServiceUnavailable."""
    if is_configured():
        return Connection(await _connect(settings, **_profile()), settings, settings.ui_url)
    if not (found := await running_stack(settings)):
        hint = "`fiberwise dev` keeps one up (`run` brings its own), or name a server in TEMPORAL_ADDRESS"
        raise ServiceUnavailable("no Temporal server is up", where=str(settings.home), hint=hint)
    address, ui_url = found
    client = await _connect(settings, target_host=address, namespace=NAMESPACE)
    return Connection(client, settings, settings.ui_url or ui_url)


def our_plugin(settings: Settings) -> SimplePlugin:
    """What every client of ours, and so every worker and replayer, is set up with."""
    storage = ArtifactPayloads(ArtifactStore(settings.artifacts_url))
    return plugin(storage, sandbox=settings.sandbox)


async def _connect(settings: Settings, **where: object) -> Client:
    plugins = [our_plugin(settings), *telemetry().plugins]
    try:
        return await Client.connect(**where, plugins=plugins)  # pyright: ignore[reportArgumentType]
    except ValueError as error:
        hint = "docs/settings.md has the variables that go together"
        raise BadInput(
            f"Temporal's configuration cannot be used: {error}", where="environment", hint=hint
        ) from error
    except (RuntimeError, RPCError) as error:
        hint = "is it up, and is TEMPORAL_ADDRESS right? Without it, an embedded server is used"
        raise ServiceUnavailable(
            f"Temporal does not answer: {_short(error)}", where=str(where["target_host"]), hint=hint
        ) from error


def _short(error: Exception) -> str:
    """Of a connector's nested error the innermost message, which is what a person can act on."""
    said = re.findall(r'message: "([^"]+)"', str(error))
    return said[-1] if said else str(error)[:200]


def _profile() -> dict[str, object]:
    try:
        return dict(ClientConfig.load_client_connect_config())
    except (RuntimeError, ValueError, OSError) as error:
        file = os.environ.get("TEMPORAL_CONFIG_FILE") or str(Path("~/.config/temporalio/temporal.toml"))
        raise BadInput(f"Temporal's configuration cannot be read: {error}", where=file) from error
