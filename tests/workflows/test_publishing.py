"""A run that is cancelled while it publishes leaves nothing behind."""

import asyncio
import shutil
import threading
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.resources import Resources, provide
from fiberwise.pipeline.results import result_of
from fiberwise.runtime.settings import Settings
from fiberwise.store.artifacts import ArtifactStore
from tests.conftest import Serve
from tests.workflows.publishing import Paper, PublishingPipeline
from tests.workflows.running import begin


async def test_cancelled_while_it_copies_it_publishes_nothing_once_the_copy_is_made(
    client: Client, settings: Settings, serve: Serve, monkeypatch: pytest.MonkeyPatch
):
    copying, let_go, copied = (threading.Event() for _ in range(3))
    copy = shutil.copyfile

    def slow(source: Path, target: Path) -> None:
        copying.set()
        let_go.wait(10)
        try:
            copy(source, target)
        finally:
            copied.set()

    monkeypatch.setattr(shutil, "copyfile", slow)
    provide(Resources(settings.artifacts_url, settings.published_folder))
    paper = Paper(file=ArtifactStore(settings.artifacts_url).put_bytes(b"news", "txt"))
    async with serve({"publishing": PublishingPipeline}):
        handle = await begin(client, settings, "publishing", paper)
        assert await asyncio.to_thread(copying.wait, 10)
        await handle.cancel()
        result = await result_of(handle)
        let_go.set()
        assert await asyncio.to_thread(copied.wait, 10)
        await asyncio.sleep(0.2)
    assert result.outcome == "cancelled"
    assert list(settings.published_folder.glob("*/*")) == []
