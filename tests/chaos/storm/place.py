"""Where a storm's runs keep their data: a small disk of its own where the machine permits one."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fiberwise.runtime.settings import Settings

MIB = 1 << 20
BLOCK = bytes(MIB)


@dataclass(frozen=True)
class Place:
    """`home` has the server's database and the logs; `disk` all that our own stores keep."""

    home: Path
    disk: Path
    is_small: bool
    database: str

    @property
    def ledger(self) -> Path:
        return self.home / "ledger"

    @property
    def environment(self) -> dict[str, str]:
        """Of every process of ours."""
        others = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TEMPORAL_", "FIBERWISE_"))
        }
        return others | {
            "FIBERWISE_HOME": str(self.home),
            "FIBERWISE_ARTIFACTS": str(self.disk / "artifacts"),
            "FIBERWISE_PUBLISHED": str(self.disk / "published"),
            "FIBERWISE_DATABASE": self.database,
            "FIBERWISE_ALLOW_FAULTS": "1",
            "FIBERWISE_PROCESSES": "1",
            "FIBERWISE_GRACE_SECONDS": "2",
            "FIBERWISE_CHECK_EXECUTIONS": "10",
        }

    @property
    def settings(self) -> Settings:
        return Settings(
            home=self.home,
            artifacts=str(self.disk / "artifacts"),
            published=self.disk / "published",
            database=self.database,
        )

    def fill(self) -> None:
        """Takes all of the small disk."""
        with (self.disk / "filling").open("wb", buffering=0) as file:
            try:
                while file.write(BLOCK) == MIB:
                    pass
            except OSError:  # it is full
                return

    def empty(self) -> None:
        (self.disk / "filling").unlink(missing_ok=True)


@contextmanager
def place(runs: int, database: str) -> Generator[Place]:
    """`database` is the record store's URL; empty: a SQLite file on the disk."""
    with tempfile.TemporaryDirectory(prefix="fiberwise-storm-", ignore_cleanup_errors=True) as folder:
        home, disk = Path(folder) / "home", Path(folder) / "disk"
        for made in (home / "logs", home / "ledger", disk):
            made.mkdir(parents=True)
        is_small = _mounted(disk, 64 + runs // 4)
        try:
            yield Place(home, disk, is_small, database or f"sqlite:///{disk / 'records.sqlite'}")
        finally:
            if is_small:
                subprocess.run(["umount", "--lazy", str(disk)], check=False, capture_output=True)


def _mounted(folder: Path, mib: int) -> bool:
    """Whether there is now a file system of this size: it takes a privilege that not every machine gives."""
    if not (mount := shutil.which("mount")):
        return False
    command = [mount, "-t", "tmpfs", "-o", f"size={mib}m", "fiberwise-storm", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
