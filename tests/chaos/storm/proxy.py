"""The wire between workers and server, which can be slowed and cut: a TCP proxy on loopback."""

import asyncio
from contextlib import suppress

from fiberwise.runtime.ports import LOOPBACK

BLOCK = 1 << 16


class Wire:
    """`delay` is what each block waits, in seconds; while it is cut, what is connected breaks and nobody gets in."""

    def __init__(self, target: int) -> None:
        self.delay, self._cut, self._target = 0.0, False, target
        self._passing: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Listens; the port."""
        self._server = await asyncio.start_server(self._pass, LOOPBACK, 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def cut(self) -> None:
        self._cut = True
        for task in self._passing:
            task.cancel()

    def mend(self) -> None:
        self._cut = False

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._passing.add(task)
        try:
            if not self._cut:
                await self._through(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # cut, or an end is gone: the other end is told by the close
        finally:
            self._passing.discard(task)
            writer.close()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(LOOPBACK, self._target)
        ways = [asyncio.create_task(self._copy(reader, back)), asyncio.create_task(self._copy(there, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
            back.close()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while block := await source.read(BLOCK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                sink.write(block)
                await sink.drain()
