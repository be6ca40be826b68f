"""What agents remember, as the body of a step is told it: read once for an attempt, so that key and body agree."""

from contextvars import ContextVar
from typing import Any, Protocol

from fiberwise.contracts.memory import Recall, Recollection


class Remembers(Protocol):
    """Whoever keeps the memory of agents."""

    async def recall(self, source: str) -> Recollection:
        """Within some seconds. It must not raise: what cannot be recalled is told as trouble."""
        ...


class _Attempt:
    def __init__(self, memory: Remembers | None) -> None:
        self._memory = memory
        self._known: dict[str, Recollection] = {}

    async def recall(self, source: str) -> Recollection:
        if self._memory is None or not source:
            return Recollection()
        if source not in self._known:
            self._known[source] = await self._memory.recall(source)
        return self._known[source]


_under_way: ContextVar[_Attempt] = ContextVar("the attempt that recalls")


def begin(memory: Remembers | None) -> None:
    """A new attempt of a step; None where its agent is to remember nothing."""
    _under_way.set(_Attempt(memory))


async def recall(source: str) -> Recollection:
    """All that agents remember of a source, by its name; the same throughout one attempt.

    Nothing for an empty name, on a worker without memory, and outside a step.
    """
    attempt = _under_way.get(None)
    return await attempt.recall(source) if attempt else Recollection()


async def version_of(value: Any) -> str:
    """Of the memory on which the work on this input hangs; empty where it hangs on none, or nothing is remembered."""
    asked: Recall | None = getattr(value, "recalls", None)
    return (await recall(asked.source)).version(asked) if asked else ""
