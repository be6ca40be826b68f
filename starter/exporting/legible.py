"""A history as JSON that a person can read: payloads decoded, what hangs on the machine left out. And back."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import cast

from pydantic import JsonValue
from temporalio.client import WorkflowHistory

from fiberwise.contracts.masking import Masking

JSON = "$json"
"""Stands for a payload: the value itself, with the payload's other metadata beside it."""
PLAIN = b"json/plain"
SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
TEXTS = frozenset({"message", "reason", "cause"})
"""Fields outside of payloads that hold what somebody wrote; the others are ids, numbers and times of Temporal's."""
HOSTS = frozenset({"identity", "requestIdentity", "workerIdentity"})
LEFT_OUT = frozenset({"stackTrace"})

Fields = dict[str, JsonValue]


class Veil:
    """Hides what a file should not give away; of both history and results, so that the same stays the same.

    `folders`: paths of this machine, and what stands for each. Hashes stay: what is taken over from an earlier run
    is known by the hash of its input.
    """

    def __init__(self, folders: Mapping[str, str], hashes: Iterable[str], hides: bool = True) -> None:
        self._folders = dict(sorted(folders.items(), key=lambda one: -len(one[0])))
        self._masking = Masking(hashes) if hides else None
        self._hosts: dict[str, str] = {}

    def json(self, value: JsonValue) -> JsonValue:
        return self._masking.json(self._moved(value)) if self._masking else value

    def text(self, text: str) -> str:
        return str(self.json(text))

    def host(self, name: str) -> str:
        return self._hosts.setdefault(name, f"host {len(self._hosts) + 1}") if self._masking else name

    def _moved(self, value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {name: self._moved(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._moved(one) for one in value]
        if isinstance(value, str):
            for folder, stand_in in self._folders.items():
                value = value.replace(folder, stand_in)
        return value


def hashes_in(history: WorkflowHistory) -> set[str]:
    plain = legible(history, Veil({}, (), hides=False))
    return set(SHA256.findall(json.dumps(plain)))


def legible(history: WorkflowHistory, veil: Veil) -> JsonValue:
    """Behind a veil: of payloads every text, of the rest what somebody wrote, and hosts."""
    return _legible(json.loads(history.to_json()), "", veil)


def read(name: str, document: JsonValue) -> WorkflowHistory:
    """What `legible` wrote. Raises ValueError, KeyError, TypeError for what it did not write."""
    return WorkflowHistory.from_json(name, cast(Fields, _encoded(document)))


def _legible(part: JsonValue, name: str, veil: Veil) -> JsonValue:
    if isinstance(part, list):
        return [_legible(one, name, veil) for one in part]
    if isinstance(part, dict):
        if _is_payload(part):
            return _payload(part, veil)
        return {field: _legible(one, field, veil) for field, one in part.items() if field not in LEFT_OUT}
    if isinstance(part, str) and name in HOSTS:
        return veil.host(part)
    return veil.text(part) if isinstance(part, str) and name in TEXTS else part


def _payload(part: Fields, veil: Veil) -> JsonValue:
    metadata = cast(Fields, part["metadata"])
    kept: JsonValue = {name: value for name, value in metadata.items() if name != "encoding"}
    return {JSON: veil.json(json.loads(b64decode(str(part.get("data", ""))))), "metadata": kept}


def _is_payload(part: Fields) -> bool:
    """A value of ours; an empty one, or one that a codec has hidden, stays as it is."""
    metadata = part.get("metadata")
    return isinstance(metadata, dict) and metadata.get("encoding") == b64encode(PLAIN).decode()


def _encoded(part: JsonValue) -> JsonValue:
    if isinstance(part, list):
        return [_encoded(one) for one in part]
    if not isinstance(part, dict):
        return part
    if JSON not in part:
        return {name: _encoded(one) for name, one in part.items()}
    data = json.dumps(part[JSON], ensure_ascii=False, separators=(",", ":")).encode()
    metadata = {"encoding": b64encode(PLAIN).decode(), **cast(Fields, part["metadata"])}
    return {"metadata": metadata, "data": b64encode(data).decode()}
