"""A rehearsal without a worker ends, and says so."""

import asyncio
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.runtime.settings import Settings
from starter.rehearsal import stage as staging
from starter.rehearsal.stage import stage


async def _dies(settings: Settings, address: str) -> Process:
    return await asyncio.create_subprocess_exec("false")


async def test_a_worker_that_does_not_stay_up_ends_the_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(staging, "MOST_STARTS", 3)
    monkeypatch.setattr(staging, "_worker", _dies)
    async with asyncio.timeout(60):
        with pytest.raises(ServiceUnavailable, match="does not stay up: it ended 3 times"):
            async with stage(Settings(home=tmp_path / "home")):
                await asyncio.Event().wait()
