"""What this machine needs to run us, looked at one by one: the data of `fiberwise doctor`."""

import os
from collections.abc import Iterator

from fiberwise.runtime import machine, reach
from fiberwise.runtime.check import Check
from fiberwise.runtime.settings import Settings

__all__ = ["Check", "run_checks"]


def run_checks(settings: Settings) -> Iterator[Check]:
    """Each as soon as it is known. Starts no server, and changes nothing but that the state folder is made."""
    yield machine.python()
    yield machine.venv_module()
    yield machine.program("make")
    yield machine.program("git")
    yield machine.temporal(settings)
    yield machine.state(settings)
    yield machine.disk(settings)
    yield machine.port(settings, "FIBERWISE_SERVER_PORT", settings.server_port)
    yield machine.port(settings, "FIBERWISE_UI_PORT", settings.ui_port)
    yield machine.sqlite()
    yield machine.children()
    yield reach.artifacts(settings.artifacts_url)
    yield reach.database(settings.database_url)
    if address := os.environ.get("TEMPORAL_ADDRESS"):
        yield reach.temporal(address)
