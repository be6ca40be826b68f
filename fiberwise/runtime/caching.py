"""The cache round a step's body: looked up before it, kept after it, and every attempt says what came of it."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

from pydantic import BaseModel, TypeAdapter, ValidationError
from temporalio import activity

from fiberwise.contracts.activity_id import ActivityId
from fiberwise.contracts.canonical import called_as, places
from fiberwise.contracts.errors import ArtifactCorrupt, ArtifactMissing, ServiceUnavailable
from fiberwise.contracts.identity import execution_id_of
from fiberwise.contracts.options import RunOptions
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.contracts.step_cache import NOT_ASKED, REFRESHED, WAITING, Answer, Claim, key_of, not_cacheable
from fiberwise.runtime.converter import encode
from fiberwise.runtime.recalling import version_of

# A third of the lease that the store gives.
RENEW_SECONDS = 1.0
# Who waits for another's result looks soon at first, since most steps are short.
FIRST_LOOK, LONGEST_LOOK = 0.05, 0.5

Body = Callable[[], Awaitable[Any]]


class KeepsResults(Protocol):
    """The store of results. `look_up` and `keep` wait some seconds at most, `verify` as long as it reads files."""

    def owns(self, uri: str) -> bool:
        """Whether a URI is a file of the artifact store, and so names its content."""
        ...

    async def look_up(self, claim: Claim, damaged: bool = False) -> Answer:
        """`damaged`: what the last look found was not whole. Raises ServiceUnavailable."""
        ...

    async def verify(self, places: Iterable[str]) -> None:
        """Of these, those that are artifacts. Raises ArtifactMissing, ArtifactCorrupt, ServiceUnavailable."""
        ...

    async def keep(self, claim: Claim, value: bytes) -> None:
        """Raises ServiceUnavailable."""
        ...

    def renew(self, claim: Claim) -> None: ...

    def release(self, claim: Claim) -> None: ...


@dataclass(frozen=True)
class CachedStep:
    """What a step declares: its activity, the version of its body, how long a result is good, and its model."""

    activity: str
    version: int
    ttl: timedelta
    output: TypeAdapter[Any]


@dataclass(frozen=True)
class Caching:
    """`steps` by type of workflow and name of step."""

    store: KeepsResults
    steps: Mapping[tuple[str, str], CachedStep]

    def of(self, info: activity.Info, options: RunOptions) -> "CachedTry | None":
        """None for a step that declares no cache, and for what stands in for a step or undoes it."""
        name = ActivityId.read(info.activity_id).step
        step = self.steps.get((info.workflow_type or "", name))
        if step is None or step.activity != info.activity_type:
            return None
        execution_id = execution_id_of(info.workflow_id or "")
        return CachedTry(self.store, step, execution_id, options.no_cache, name in options.refresh)


class _NoKey(Exception):
    """The key of an input cannot be computed whole."""


class CachedTry:
    """One attempt of a cached step; `told` is what its log entry says."""

    def __init__(
        self, store: KeepsResults, step: CachedStep, execution_id: str, no_cache: bool, refresh: bool
    ) -> None:
        self._store, self._step, self._execution_id = store, step, execution_id
        self._no_cache, self._refresh = no_cache, refresh
        self.told = ""
        self.hit = False

    async def result(self, value: Payload | Asked, body: Body) -> Any:
        """What is kept for this input, or what the body gives, which is then kept."""
        if self._no_cache:
            self.told = NOT_ASKED
            return await body()
        try:
            claim = await self._claim(value)
            kept = None if self._refresh else await self._kept(claim)
        except (_NoKey, ServiceUnavailable) as why:
            self.told = not_cacheable(str(why))
            return await body()
        if kept is not None:
            self.hit = True
            return called_as(kept, value)
        if self._refresh:
            self.told = REFRESHED
            return await self._computed(claim, body)
        with self._lease(claim):
            return await self._computed(claim, body)

    async def _claim(self, value: Payload | Asked) -> Claim:
        memory = await version_of(value)
        try:
            key = key_of(self._step.activity, self._step.version, value, self._store.owns, memory)
        except ValueError as why:
            activity.logger.warning("computed, since the key of its input cannot be told whole: %s", why)
            raise _NoKey(str(why)) from why
        return Claim(key, self._step.ttl, self._execution_id, owner=uuid4().hex)

    async def _kept(self, claim: Claim) -> BaseModel | None:
        """Waits while another attempt computes it. None: this one is to compute it, and has the lease."""
        answer = await self._answer(claim)
        while answer.state == "hit":
            try:
                return await self._whole(answer.value)
            except (ValidationError, ArtifactMissing, ArtifactCorrupt):
                answer = await self._answer(claim, damaged=True)
        return None

    async def _whole(self, text: str) -> BaseModel:
        """Raises ValidationError, ArtifactMissing and ArtifactCorrupt for what is not, and ServiceUnavailable."""
        kept = self._step.output.validate_json(text)
        await self._store.verify(places(kept))
        return kept

    async def _answer(self, claim: Claim, damaged: bool = False) -> Answer:
        pause = FIRST_LOOK
        while (answer := await self._store.look_up(claim, damaged)).state == "busy":
            self.told = WAITING
            await asyncio.sleep(pause)
            damaged, pause = False, min(2 * pause, LONGEST_LOOK)
        self.told = answer.told
        return answer

    async def _computed(self, claim: Claim, body: Body) -> Any:
        result = await body()
        try:
            await self._store.keep(claim, encode(result))
        except ServiceUnavailable as why:
            self.told = not_cacheable(str(why))
        return result

    @contextmanager
    def _lease(self, claim: Claim) -> Generator[None]:
        """Held while the body runs; whoever waits takes over when it is let go, or runs out with its worker."""
        renewing = asyncio.create_task(self._renew(claim))
        try:
            yield
        finally:
            renewing.cancel()
            self._store.release(claim)

    async def _renew(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            self._store.renew(claim)
