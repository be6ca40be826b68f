"""Results in a folder of their own, for people and programs that know nothing of artifacts."""

from collections.abc import Mapping

from pydantic import JsonValue

from fiberwise.contracts.canonical import Place
from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.payload import Payload


class Publication(Payload):
    """Input of `publish`: `document` becomes `results.json`, each artifact a file under the name it has here."""

    pipeline: str
    execution_id: str
    document: Mapping[str, JsonValue]
    files: Mapping[str, Artifact] = {}

    @property
    def about(self) -> str:
        return ", ".join(("results.json", *self.files))


class Published(Payload):
    """Where it lies: `<place for publications>/<pipeline>/<execution_id>/`, and the names of its files."""

    uri: Place
    files: list[str]

    @property
    def about(self) -> str:
        return self.uri


class Withdrawn(Payload):
    """What was taken away again; False when there was nothing."""

    uri: Place
    existed: bool
