"""`make histories`: records the missing forms of every pipeline, each from a real run by the real CLI.

`python -m tests.replay.record NAME…` records those of the pipelines named alone.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[2]
HISTORIES = ROOT / "tests" / "replay" / "histories"
HOME = Path("/tmp/fiberwise-histories")  # the same on every machine, since it is in the histories
Form = Callable[[str], str]
"""Given a pipeline's name, makes a run of it and returns the workflow id."""

PENGUINS = ["--data", "examples/penguins.csv"]
CLI = [sys.executable, "-m", "starter"]
ENVIRONMENT = {**os.environ, "FIBERWISE_HOME": str(HOME)}


def fiberwise(*args: str, check: bool = True) -> str:
    done = subprocess.run(
        [*CLI, *args], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise SystemExit(f"fiberwise {' '.join(args)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


@contextmanager
def stack() -> Iterator[subprocess.Popen[str]]:
    """`fiberwise dev`, up and answering: it says so by the end of its JSON document."""
    with subprocess.Popen(
        [*CLI, "dev", "--json"], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        while process.stdout.readline() not in ("}\n", ""):
            pass
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)  # nothing happens to one that has ended


def started(pipeline: str, *args: str) -> str:
    """It does its own work, whatever the forms before it have left in the step cache."""
    return json.loads(fiberwise("start", pipeline, *args, "--no-cache", "--json"))["workflow_id"]


def ended(workflow_id: str) -> str:
    fiberwise("watch", workflow_id, check=False)
    return workflow_id


def running(workflow_id: str, step: str) -> None:
    """Returns once the step runs."""
    while not any(
        one["step"] == step and one["state"] == "running"
        for one in json.loads(fiberwise("show", workflow_id, "--json"))["pending"]
    ):
        time.sleep(0.2)


def on_stack(form: Form) -> Form:
    def made(pipeline: str) -> str:
        with stack():
            return form(pipeline)

    return made


def full(pipeline: str) -> str:
    return ended(started(pipeline, *PENGUINS))


def generated(pipeline: str) -> str:
    return ended(started(pipeline, "--set", "generate.rows=200"))


def cached(pipeline: str) -> str:
    """The second of two equal runs takes what the first has kept."""
    runs = [json.loads(fiberwise("run", pipeline, *PENGUINS, "--json")) for _ in range(2)]
    return runs[-1]["workflow_id"]


def with_fault(pipeline: str, fault: str) -> str:
    return ended(started(pipeline, *PENGUINS, "--fault", fault))


def set_aside(pipeline: str) -> str:
    ragged = HOME / "ragged.csv"
    ragged.write_text("a,b\n1,2\n3\n4,5\n")
    return ended(started(pipeline, "--data", str(ragged), "--set", "on_bad_rows=set_aside"))


def failed(pipeline: str) -> str:
    """Bad input that is found only after the start, as from the Web UI: it never falls back."""
    workflow_id = f"{pipeline}/{uuid4()}"
    state = json.loads((HOME / "stack.json").read_text())
    where = ["--address", f"127.0.0.1:{state['port']}", "--task-queue", "fiberwise"]
    what = ["--type", pipeline, "--workflow-id", workflow_id, "--input", '{"data": "/nowhere/at/all.csv"}']
    program = str(Path(sys.executable).with_name("temporal"))
    subprocess.run([program, "workflow", "start", *where, *what], check=True, capture_output=True)
    return ended(workflow_id)


def cancelled(pipeline: str, step: str) -> str:
    workflow_id = started(pipeline, *PENGUINS, "--fault", f"{step}=hang")
    running(workflow_id, step)
    fiberwise("cancel", workflow_id)
    return ended(workflow_id)


def worker_killed(pipeline: str, step: str) -> str:
    """The worker dies by SIGKILL within the step; another takes the run to its end."""
    with stack() as process:
        workflow_id = started(pipeline, *PENGUINS, "--fault", f"{step}=kill-worker")
        process.wait()
    with stack():
        return ended(workflow_id)


FORMS: dict[str, dict[str, Form]] = {
    "complex-multi-agent": {
        "full": on_stack(full),
        "generated": on_stack(generated),
        "cached": on_stack(cached),
        "retried": on_stack(partial(with_fault, fault="extract=fail-once")),
        "degraded": on_stack(partial(with_fault, fault="analyze=fail")),
        "set-aside": on_stack(set_aside),
        "failed": on_stack(failed),
        "cancelled": on_stack(partial(cancelled, step="synthesize")),
        "worker-killed": partial(worker_killed, step="transform"),
    },
    "data-digest": {
        "full": on_stack(full),
        "retried": on_stack(partial(with_fault, fault="digest=fail-once")),
        "failed": on_stack(failed),
        "cancelled": on_stack(partial(cancelled, step="digest")),
        "worker-killed": partial(worker_killed, step="digest"),
    },
}


def _without_traces(part: Any) -> Any:
    """Stack traces name folders of the machine that recorded, and no replay reads them."""
    if isinstance(part, dict):
        return {name: _without_traces(inner) for name, inner in part.items() if name != "stackTrace"}
    return [_without_traces(inner) for inner in part] if isinstance(part, list) else part


def record(pipeline: str, form: str, make: Form) -> None:
    file = HISTORIES / pipeline / f"{form}.json"
    if file.exists():
        print(f"{pipeline} {form}: there already")
        return
    workflow_id = make(pipeline)
    file.parent.mkdir(exist_ok=True)
    print(f"{pipeline} {form}: {fiberwise('record', workflow_id, str(file)).strip()}", flush=True)
    file.write_text(json.dumps(_without_traces(json.loads(file.read_text())), indent=1) + "\n")


def main(pipelines: list[str]) -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    for pipeline in pipelines or FORMS:
        for form, make in FORMS[pipeline].items():
            record(pipeline, form, make)
    shutil.rmtree(HOME)


if __name__ == "__main__":
    main(sys.argv[1:])
