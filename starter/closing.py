"""Closes the record of an execution that was ended from outside, and so could not record its own end."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio.client import Client

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.orchestration.reconcile import Reconciler
from fiberwise.pipeline.anatomy import check_registry
from fiberwise.runtime.settings import Settings
from fiberwise.store.recorder import Recorder
from starter import records
from workflows import AVAILABLE_PIPELINES

logger = logging.getLogger(__name__)


async def closed(client: Client, settings: Settings, workflow_id: str) -> bool:
    """Whether the record store has its end now: not where there is no store here, or it cannot take it."""
    try:
        if not await asyncio.to_thread(records.is_there, settings):
            return False
        async with reconciler(settings) as found:
            return await found.close(client, workflow_id)
    except (ServiceUnavailable, OSError) as error:  # OSError: the artifact store does not take its large data
        logger.warning("the end of %s is not on record: %s", workflow_id, error)
        return False


@asynccontextmanager
async def reconciler(settings: Settings) -> AsyncGenerator[Reconciler]:
    """On the record store of the settings. A SQLite file is made where there is none."""
    recorder = Recorder(settings.database_url, settings.artifacts_url, remembers=settings.memory)
    try:
        yield Reconciler(recorder, check_registry(AVAILABLE_PIPELINES))
    finally:
        await recorder.close()
