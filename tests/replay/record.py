"""`make histories`: records the missing forms of every pipeline, each from a real run of the real program.

`python -m tests.replay.record NAME…` records those of the pipelines named alone.
"""

import asyncio
import fcntl
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import JsonValue

from tests.replay import bent_forms, registered_forms, streamed_forms
from tests.replay.forms import Form
from tests.replay.stage import HOME
from tests.workflows.registered import PIPELINES
from workflows import AVAILABLE_PIPELINES

HISTORIES = Path(__file__).with_name("histories")
FORMS = {**registered_forms.FORMS, **bent_forms.FORMS}
for pipeline, forms in streamed_forms.FORMS.items():
    FORMS[pipeline] = FORMS.get(pipeline, {}) | forms


def _without_traces(part: JsonValue) -> JsonValue:
    """Stack traces name folders of the machine that recorded, and no replay reads them."""
    if isinstance(part, dict):
        return {name: _without_traces(inner) for name, inner in part.items() if name != "stackTrace"}
    return [_without_traces(inner) for inner in part] if isinstance(part, list) else part


@contextmanager
def _alone() -> Iterator[None]:
    """The state folder is the same for all who record, since it is in the histories: one at a time."""
    with HOME.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir()
        yield
        shutil.rmtree(HOME)


def record(file: Path, make: Form) -> None:
    """On an empty state folder: what a run does hangs on no other."""
    with _alone():
        history = asyncio.run(make())
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(_without_traces(json.loads(history.to_json())), indent=1) + "\n")
    print(f"{file.parent.name} {file.stem}: {len(history.events)} events", flush=True)


def main(pipelines: list[str]) -> None:
    AVAILABLE_PIPELINES.update(PIPELINES)
    for pipeline in pipelines or FORMS:
        for form, make in FORMS[pipeline].items():
            file = HISTORIES / pipeline / f"{form}.json"
            if not file.exists():
                record(file, make)


if __name__ == "__main__":
    main(sys.argv[1:])
