"""File locks that end with their holder, so that no crash leaves one behind."""

import fcntl
import os
from pathlib import Path


class Lock:
    """An flock on a file, made if missing. A child that inherits `descriptor` holds the lock as well."""

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.held = False

    def try_exclusive(self) -> bool:
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        return self._try(fcntl.LOCK_SH)

    def close(self) -> None:
        """Gives up this process's hold; a child that inherited the lock keeps it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self.descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self.held = False  # one that could not be widened is lost
        else:
            self.held = True
        return self.held
