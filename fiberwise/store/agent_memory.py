"""What agents remember, as the event loop of a worker sees it: bounded in time, and never an error."""

import logging
from functools import partial

from fiberwise.contracts.errors import PipelineError
from fiberwise.contracts.memory import Recollection
from fiberwise.store import memory
from fiberwise.store.recorder import Recorder

log = logging.getLogger(__name__)


class AgentMemory:
    """Talks to the database through the recorder's thread."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def recall(self, source: str) -> Recollection:
        """What is remembered of a source; no step fails for want of it."""
        try:
            return await self._recorder.ask(partial(memory.recall, source=source))
        except PipelineError as error:
            log.warning("nothing of %s was recalled: %s", source, error)
            return Recollection(trouble=f"nothing was recalled: {error.message}")
