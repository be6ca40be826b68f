"""Published results: a folder per execution, there whole or not at all."""

import json
import shutil
import tempfile
from pathlib import Path

from fiberwise.contracts.errors import PipelineError
from fiberwise.contracts.publication import Publication, Published, Withdrawn
from fiberwise.store.artifacts import ArtifactStore


class Publications:
    """Under a local folder. Blocking: call it from a thread. Publishing twice leaves what the second time gave."""

    def __init__(self, folder: Path, artifacts: ArtifactStore) -> None:
        self._folder, self._artifacts = folder, artifacts

    def publish(self, asked: Publication) -> Published:
        """Raises ArtifactMissing and ArtifactCorrupt."""
        place = self._place(asked.pipeline, asked.execution_id)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".publishing-", dir=place.parent) as folder:
            made = Path(folder) / "made"
            self._fill(made, asked)
            if place.exists():
                place.rename(Path(folder) / "before")
            made.rename(place)
        return Published(uri=place.as_uri(), files=sorted(path.name for path in place.iterdir()))

    def withdraw(self, published: Published) -> Withdrawn:
        """Takes the folder away, but nothing of the artifact store. Doing it again does nothing."""
        place = Path(published.uri.removeprefix("file://"))
        if not place.resolve().is_relative_to(self._folder.resolve()):
            raise PipelineError(f"{published.uri} is no publication of this worker", where=str(self._folder))
        existed = place.exists()
        if existed:
            shutil.rmtree(place)
        return Withdrawn(uri=published.uri, existed=existed)

    def _place(self, pipeline: str, execution_id: str) -> Path:
        return self._folder / Path(pipeline).name / Path(execution_id).name

    def _fill(self, folder: Path, asked: Publication) -> None:
        folder.mkdir()
        text = json.dumps(asked.document, indent=2, ensure_ascii=False)
        (folder / "results.json").write_text(text + "\n", "utf-8")
        for name, artifact in asked.files.items():
            with self._artifacts.fetched(artifact) as path:
                shutil.copyfile(path, folder / Path(name).name)
