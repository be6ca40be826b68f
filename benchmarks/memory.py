"""Peak memory of this process and its children, by looking often."""

import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

LOOK_SECONDS = 0.05


@dataclass
class Peak:
    """Resident memory in bytes: the highest of this process, and of all its children together."""

    worker: int = 0
    children: int = 0

    def look(self, but: int) -> None:
        me = psutil.Process()
        self.worker = max(self.worker, me.memory_info().rss)
        self.children = max(self.children, sum(_rss(child) for child in me.children() if child.pid != but))


@contextmanager
def watching(but: int) -> Generator[Peak]:
    """Without the child `but`, which is the Temporal server."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            peak.look(but)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _rss(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return process.memory_info().rss
    return 0
