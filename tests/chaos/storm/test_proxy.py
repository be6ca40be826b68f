"""The wire between workers and server: it passes on, slowly where told, and breaks what is connected when cut."""

import asyncio
import time
from collections.abc import AsyncGenerator

import pytest

from fiberwise.runtime.ports import LOOPBACK
from tests.chaos.storm.proxy import Wire


@pytest.fixture
async def echo() -> AsyncGenerator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(answer, LOOPBACK, 0)
    yield int(server.sockets[0].getsockname()[1])
    server.close()


@pytest.fixture
async def wire(echo: int) -> AsyncGenerator[tuple[Wire, int]]:
    found = Wire(echo)
    yield found, await found.open()
    await found.close()


async def said(port: int) -> tuple[bytes, float]:
    """What comes back, and after how many seconds; nothing where the connection breaks."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    began = time.monotonic()
    writer.write(b"hello")
    data = await heard(reader)
    writer.close()
    return data, time.monotonic() - began


async def heard(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(100)
    except ConnectionResetError:
        return b""


async def test_it_passes_on_and_slowly_where_told(wire: tuple[Wire, int]):
    found, port = wire
    assert (await said(port))[0] == b"hello"
    found.delay = 0.2
    answer, seconds = await said(port)
    assert answer == b"hello"
    assert seconds >= 0.4


async def test_what_is_connected_breaks_when_it_is_cut_and_nobody_gets_in_until_it_is_mended(
    wire: tuple[Wire, int],
):
    found, port = wire
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(b"hello")
    await reader.read(5)
    found.cut()
    assert await heard(reader) == b""
    writer.close()
    assert (await said(port))[0] == b""
    found.mend()
    assert (await said(port))[0] == b"hello"
