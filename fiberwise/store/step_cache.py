"""The step cache as the event loop sees it: bounded in time, and every trouble of a store is one kind of error."""

import asyncio
import re
from collections.abc import Awaitable, Iterable
from functools import partial
from typing import TypeVar

from fiberwise.contracts.errors import ArtifactCorrupt, ArtifactMissing, ServiceUnavailable
from fiberwise.contracts.step_cache import Answer, Claim
from fiberwise.store import cache
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.bounds import LARGEST
from fiberwise.store.cache import Kept
from fiberwise.store.recorder import Recorder

T = TypeVar("T")

LONGEST = 200  # characters of an error of another library
# The URI of an artifact, in whichever store.
ARTIFACT = re.compile(r".*/([0-9a-f]{2})/\1[0-9a-f]{62}\.[\w.]+")


class StepCache:
    """Talks to the database through the recorder's thread; artifacts are looked at in threads of the loop."""

    def __init__(self, recorder: Recorder, artifacts: ArtifactStore) -> None:
        self._recorder, self._artifacts = recorder, artifacts

    def owns(self, uri: str) -> bool:
        """Whether a URI is a file of the artifact store."""
        return self._artifacts.owns(uri)

    async def look_up(self, claim: Claim, damaged: bool = False) -> Answer:
        """A hit is whole; of the artifacts that it names `verify` knows. `damaged` drops it first.

        Raises ServiceUnavailable.
        """
        kept = await _told(self._recorder.ask(partial(cache.take, claim=claim, damaged=damaged)))
        if kept.answer.state != "hit":
            return kept.answer
        try:
            return await _told(asyncio.to_thread(self._whole, kept))
        except (ArtifactMissing, ArtifactCorrupt):
            return await self.look_up(claim, damaged=True)

    async def verify(self, places: Iterable[str]) -> None:
        """Looks at those that have the form of an artifact.

        Raises ArtifactMissing, also for one of another store, ArtifactCorrupt and ServiceUnavailable.
        """
        await _told(asyncio.to_thread(self._verify, filter(ARTIFACT.fullmatch, places)))

    async def keep(self, claim: Claim, value: bytes) -> None:
        """Keeps a result's JSON. Raises ServiceUnavailable."""
        artifact = None
        if len(value) > LARGEST:
            artifact = (await _told(asyncio.to_thread(self._artifacts.put_bytes, value, "json"))).uri
        text = None if artifact else value.decode()
        keep = partial(cache.keep, claim=claim, value=text, artifact=artifact, size=len(value))
        await _told(self._recorder.ask(keep))

    def renew(self, claim: Claim) -> None:
        """Without waiting, as `release`: a store that does not answer lets the lease run out."""
        self._recorder.post(partial(cache.renew, claim=claim))

    def release(self, claim: Claim) -> None:
        self._recorder.post(partial(cache.release, claim=claim))

    def _whole(self, kept: Kept) -> Answer:
        """Raises ArtifactMissing, ArtifactCorrupt."""
        if not kept.artifact:
            return kept.answer
        value = self._artifacts.read_bytes(self._artifacts.known(kept.artifact)).decode()
        return kept.answer._replace(value=value)

    def _verify(self, uris: Iterable[str]) -> None:
        for uri in uris:
            self._artifacts.verify(uri)


async def _told(work: Awaitable[T]) -> T:
    """Whatever fails in a database or a file system of any kind: no step may fail for want of a cache."""
    try:
        return await work
    except (ServiceUnavailable, ArtifactMissing, ArtifactCorrupt):
        raise
    except Exception as error:  # each kind of artifact store raises errors of its own, without a common base
        raise ServiceUnavailable(f"the store failed: {' '.join(str(error).split())[:LONGEST]}") from error
