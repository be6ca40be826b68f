"""`make histories`: records the missing forms of `complex-multi-agent`, each from a real run by the real CLI."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[2]
HISTORIES = ROOT / "tests" / "replay" / "histories"
HOME = Path("/tmp/fiberwise-histories")  # the same on every machine, since it is in the histories
PIPELINE = "complex-multi-agent"
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
def stack() -> Iterator[subprocess.Popen[bytes]]:
    """`fiberwise dev`, up and answering."""
    process = subprocess.Popen([*CLI, "dev"], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    try:
        while subprocess.run([*CLI, "list"], cwd=ROOT, env=ENVIRONMENT, capture_output=True).returncode:
            time.sleep(0.2)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait()


def started(*args: str) -> str:
    return json.loads(fiberwise("start", PIPELINE, *args, "--json"))["workflow_id"]


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


def with_stack(make: Callable[[], str]) -> Callable[[], str]:
    def made() -> str:
        with stack():
            return make()

    return made


def full() -> str:
    return ended(started(*PENGUINS))


def generated() -> str:
    return ended(started("--set", "generate.rows=200"))


def retried() -> str:
    return ended(started(*PENGUINS, "--fault", "extract=fail-once"))


def degraded() -> str:
    return ended(started(*PENGUINS, "--fault", "analyze=fail"))


def set_aside() -> str:
    ragged = HOME / "ragged.csv"
    ragged.write_text("a,b\n1,2\n3\n4,5\n")
    return ended(started("--data", str(ragged), "--set", "on_bad_rows=set_aside"))


def failed() -> str:
    """Bad input that is found only after the start, as from the Web UI: it never falls back."""
    workflow_id = f"{PIPELINE}/{uuid4()}"
    state = json.loads((HOME / "stack.json").read_text())
    where = ["--address", f"127.0.0.1:{state['port']}", "--task-queue", "fiberwise"]
    what = ["--type", PIPELINE, "--workflow-id", workflow_id, "--input", '{"data": "/nowhere/at/all.csv"}']
    program = str(Path(sys.executable).with_name("temporal"))
    subprocess.run([program, "workflow", "start", *where, *what], check=True, capture_output=True)
    return ended(workflow_id)


def cancelled() -> str:
    workflow_id = started(*PENGUINS, "--fault", "synthesize=hang")
    running(workflow_id, "synthesize")
    fiberwise("cancel", workflow_id)
    return ended(workflow_id)


def worker_killed() -> str:
    """The worker dies by SIGKILL within `transform`; another takes the run to its end."""
    with stack() as process:
        workflow_id = started(*PENGUINS, "--fault", "transform=kill-worker")
        process.wait()
    with stack():
        return ended(workflow_id)


FORMS: dict[str, Callable[[], str]] = {
    "full": with_stack(full),
    "generated": with_stack(generated),
    "retried": with_stack(retried),
    "degraded": with_stack(degraded),
    "set-aside": with_stack(set_aside),
    "failed": with_stack(failed),
    "cancelled": with_stack(cancelled),
    "worker-killed": worker_killed,
}


def _without_traces(part: Any) -> Any:
    """Stack traces name folders of the machine that recorded, and no replay reads them."""
    if isinstance(part, dict):
        return {name: _without_traces(inner) for name, inner in part.items() if name != "stackTrace"}
    return [_without_traces(inner) for inner in part] if isinstance(part, list) else part


def main() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    for form, make in FORMS.items():
        file = HISTORIES / PIPELINE / f"{form}.json"
        if file.exists():
            print(f"{form}: there already")
            continue
        workflow_id = make()
        print(f"{form}: {fiberwise('record', workflow_id, str(file)).strip()}", flush=True)
        file.write_text(json.dumps(_without_traces(json.loads(file.read_text())), indent=1) + "\n")
    shutil.rmtree(HOME)


if __name__ == "__main__":
    main()
