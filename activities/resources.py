"""What a worker hands to the functions it runs: where artifacts lie, what limits hold, who knows the past."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from fiberwise.contracts.performance import SuccessRate
from fiberwise.datasets.limits import Limits

EarlierRuns = Callable[[str, str], Awaitable[SuccessRate]]
"""(pipeline, execution_id to leave out) -> how its earlier runs ended."""


async def no_earlier_runs(pipeline: str, execution_id: str) -> SuccessRate:
    return SuccessRate(runs=0, completed=0, rate=None)


@dataclass(frozen=True)
class Resources:
    """`artifacts` is the URL of the artifact store, `published` the folder of publications."""

    artifacts: str
    published: Path
    limits: Limits = Limits()
    earlier_runs: EarlierRuns = no_earlier_runs


_provided: list[Resources] = []


def provide(resources: Resources) -> None:
    """The worker sets them once, before it polls."""
    _provided[:] = [resources]


def resources() -> Resources:
    """Raises LookupError outside a worker (a test provides its own)."""
    if not _provided:
        raise LookupError("no resources: the worker provides them, a test calls `provide`")
    return _provided[0]
