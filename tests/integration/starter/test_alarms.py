"""Alarms are raised by looking at a real server, told once, and told to be over."""

import asyncio
import logging

import pytest

from starter import alarms
from starter.alarms import watched
from tests.integration.starter.steering import Steering
from tests.workflows.scripted import Script


async def _told(caplog: pytest.LogCaptureFixture, text: str) -> list[str]:
    async with asyncio.timeout(20):
        while not (found := [one for one in caplog.messages if text in one]):  # noqa: ASYNC110 - a log gives no signal
            await asyncio.sleep(0.1)
    return found


async def test_a_run_whose_own_code_has_a_bug_raises_one_until_it_is_gone(
    steering: Steering, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    async def this_alone(
        *_: object,
    ) -> list[str]:  # the server has what other tests left open, each slow to look at
        return [handle.id]

    caplog.set_level(logging.INFO, "starter.alarms")
    monkeypatch.setattr(alarms, "running", this_alone)
    monkeypatch.setattr(alarms, "REST", 0)  # to look takes seconds, since nobody answers for the run
    handle = await steering.begin("scripted", Script(bug="no such part"))
    async with watched(steering.env.client, every=0.2):
        raised = await _told(caplog, f"alarm: {handle.id} is blocked")
        await handle.terminate()
        over = await _told(caplog, f"alarm over: {handle.id}")

    assert raised == [f"alarm: {handle.id} is blocked: no such part"]
    assert over == [f"alarm over: {handle.id} is no longer blocked"]
