"""What every recorded pipeline declares, and which commands its histories hold: `make fingerprints` notes it."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from fiberwise.changing.commands import commands_in
from fiberwise.changing.fingerprint import DECIDING, Declared, declared, digest, sequence
from fiberwise.contracts.payload import Payload
from fiberwise.pipeline.anatomy import anatomy
from fiberwise.pipeline.pipeline import Pipeline
from starter.histories import read_history
from tests.replay.record import FORMS, HISTORIES
from tests.workflows.registered import PIPELINES
from workflows import AVAILABLE_PIPELINES

FILE = Path(__file__).with_name("fingerprints.json")
NOTE = "make fingerprints"
FROZEN = "a recorded history is never edited or deleted: take it back from git"


class Noted(Payload):
    """`histories`: of each form the fingerprint of the commands in it; `files`: that of its file, letter by letter."""

    fingerprint: str
    declared: Declared
    histories: dict[str, str]
    files: dict[str, str] = {}


class Unreadable(ValueError):
    """The file is not as `make fingerprints` wrote it."""


Fingerprints = Mapping[str, Noted]


def today() -> dict[str, Noted]:
    known: dict[str, type[Pipeline]] = {**PIPELINES, **AVAILABLE_PIPELINES}
    return {name: _noted(name, known.get(name)) for name in sorted({*FORMS, *AVAILABLE_PIPELINES})}


def _noted(name: str, pipeline: type[Pipeline] | None) -> Noted:
    """The workflow of a stream is no pipeline, and declares no steps of its own."""
    found = declared(anatomy(pipeline)) if pipeline else Declared(steps={})
    files = sorted((HISTORIES / name).glob("*.json"))
    return Noted(
        fingerprint=found.fingerprint,
        declared=found,
        histories={file.stem: _sequence(file) for file in files},
        files={file.stem: digest(file.read_text()) for file in files},
    )


def _sequence(file: Path) -> str:
    return sequence(commands_in(read_history(file.read_text(), file.stem).events))


def written(found: Fingerprints) -> str:
    """The text of the file, with a checksum that tells an edit by hand."""
    pipelines = {name: one.model_dump(mode="json") for name, one in found.items()}
    return json.dumps({"checksum": _checksum(pipelines), "pipelines": pipelines}, indent=1) + "\n"


def read(text: str) -> dict[str, Noted]:
    """Raises Unreadable for a text that `written` did not write."""
    try:
        document = json.loads(text)
        checksum, pipelines = document["checksum"], document["pipelines"]
        found = {name: Noted.model_validate(one) for name, one in pipelines.items()}
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise Unreadable(f"{FILE.name} cannot be read: {error}") from error
    if checksum != _checksum(pipelines):
        raise Unreadable(
            f"{FILE.name} was edited by hand, or merged: its checksum does not fit what it says. "
            f"Take it back from git, then `{NOTE}` writes it anew"
        )
    return found


def _checksum(pipelines: object) -> str:
    return digest(json.dumps(pipelines, sort_keys=True))


def changes(then: Fingerprints, now: Fingerprints) -> Iterator[str]:
    """A sentence for each change of a pipeline, with what to do about it."""
    for name in sorted({*then, *now}):
        if name not in then:
            yield f"{name} is new: `{NOTE}` notes it"
        elif name not in now:
            yield f"{name} is gone: executions of it that are under way would have no code. Register it until they end"
        else:
            for change in (*_redeclared(then[name], now[name]), *edited(then[name], now[name])):
                yield f"{name}: {change}"


def _redeclared(then: Noted, now: Noted) -> Iterator[str]:
    before, after = then.declared.steps, now.declared.steps
    for step in after.keys() - before.keys():
        yield (
            f"step `{step}` is new. Executions under way have not met it: guard its call by "
            f'`if workflow.patched("{step}"):`, or deploy it as a new version (docs/changing.md), then `{NOTE}`'
        )
    for step in before.keys() - after.keys():
        yield (
            f"step `{step}` is gone or has another name. Histories under way hold it: keep it for them behind "
            f"`workflow.patched`, or deploy a new version (docs/changing.md), then `{NOTE}`"
        )
    for step in after.keys() & before.keys():
        yield from _changed(step, before[step].model_dump(), after[step].model_dump())
    if then.declared.fallbacks != now.declared.fallbacks:
        yield (
            f"its fallbacks are {list(now.declared.fallbacks)}, not {list(then.declared.fallbacks)}. An execution that "
            f"has fallen back already would break: deploy a new version (docs/changing.md), then `{NOTE}`"
        )
    if list(before) != list(after) and before.keys() == after.keys():
        yield f"its steps are declared in another order, which changes no run: `{NOTE}`"


def _changed(step: str, before: dict[str, object], after: dict[str, object]) -> Iterator[str]:
    for field in after:
        if after[field] == before[field]:
            continue
        told = f"step `{step}`: {field} is {after[field]!r}, not {before[field]!r}. "
        if field in DECIDING:
            yield told + (
                "Commands of a run hang on it: declare a new step beside this one, call it behind "
                f"`workflow.patched`, or deploy a new version (docs/changing.md), then `{NOTE}`"
            )
        else:
            yield told + f"Executions under way keep what they began with, and none breaks: `{NOTE}`"


def edited(then: Noted, now: Noted) -> Iterator[str]:
    """Recorded histories that are not what they were."""
    for form in sorted({*then.histories, *now.histories}):
        if form not in then.histories:
            yield f"the history `{form}` is new: `{NOTE}` notes it"
        elif _differs(then, now, form):
            yield f"the history `{form}` is not the one that was recorded: {FROZEN}"


def _differs(then: Noted, now: Noted, form: str) -> bool:
    if then.histories[form] != now.histories.get(form):
        return True
    return form in then.files and then.files[form] != now.files.get(form)


def main() -> str | None:
    now = today()
    then = read(FILE.read_text()) if FILE.exists() else {}
    refused = [change for change in changes(then, now) if change.endswith(FROZEN)]
    if refused:
        return "\n".join(refused)
    FILE.write_text(written(now))
    return None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unreadable as error:
        sys.exit(str(error))
