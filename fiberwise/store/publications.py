"""Published results: a folder per execution, there whole or not at all."""

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from fiberwise.contracts.errors import PipelineError
from fiberwise.contracts.publication import Publication, Published, Withdrawn
from fiberwise.store.artifacts import ArtifactStore

UNFINISHED = ".publishing-"
# What a killed worker leaves is swept after so long: no publishing takes it.
DAY_SECONDS = 24 * 3600


class Publications:
    """Under a local folder. Publishing twice leaves what the second time gave."""

    def __init__(self, folder: Path, artifacts: ArtifactStore) -> None:
        self._folder, self._artifacts = folder, artifacts

    async def publish(self, asked: Publication) -> Published:
        """Cancelled, it leaves nothing, nor what an attempt before it published and could not tell.

        Raises ArtifactMissing and ArtifactCorrupt, PipelineError for names that lead out of the folder.
        """
        place = self._checked(self._folder / Path(asked.pipeline).name / Path(asked.execution_id).name)
        try:
            with _unfinished(place.parent) as folder:
                await asyncio.to_thread(self._prepare, folder, asked)
                # Not in the thread, which nobody can cancel: it would put in place what is no longer wanted.
                _put(folder, place)
        except asyncio.CancelledError:
            if place.exists():
                shutil.rmtree(place)
            raise
        return Published(uri=place.as_uri(), files=sorted(path.name for path in place.iterdir()))

    async def withdraw(self, published: Published) -> Withdrawn:
        """Takes the folder away, but nothing of the artifact store. Doing it again does nothing.

        Raises PipelineError for what is not the folder of one execution.
        """
        place = self._checked(Path(unquote(published.uri.removeprefix("file://"))))
        existed = place.exists()
        if existed:
            await asyncio.to_thread(shutil.rmtree, place)
        return Withdrawn(uri=published.uri, existed=existed)

    def _checked(self, place: Path) -> Path:
        """Exactly `<folder>/<pipeline>/<execution>`: anything above it would be the publications of others."""
        if place.resolve().parent.parent != self._folder.resolve():
            raise PipelineError(f"{place} is no publication of this worker", where=str(self._folder))
        return place

    def _prepare(self, folder: Path, asked: Publication) -> None:
        _sweep(folder.parent)
        self._fill(folder / "made", asked)

    def _fill(self, folder: Path, asked: Publication) -> None:
        folder.mkdir()
        text = json.dumps(asked.document, indent=2, ensure_ascii=False)
        (folder / "results.json").write_text(text + "\n", "utf-8")
        for name, artifact in asked.files.items():
            with self._artifacts.fetched(artifact) as path:
                shutil.copyfile(path, folder / Path(name).name)


@contextmanager
def _unfinished(parent: Path) -> Generator[Path]:
    """A folder beside the place, gone afterwards, even under a thread that still writes into it."""
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=parent, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _put(folder: Path, place: Path) -> None:
    if place.exists():
        place.rename(folder / "before")
    (folder / "made").rename(place)


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):  # another worker swept it first
            if time.time() - left.stat().st_mtime > DAY_SECONDS:
                shutil.rmtree(left)
