"""Checks of this machine itself."""

import importlib.util
import os
import shutil
import sqlite3
import sys
from multiprocessing import get_context

from fiberwise.contracts.errors import PipelineError
from fiberwise.runtime.check import Check, judge
from fiberwise.runtime.dev_server import find_process, listens
from fiberwise.runtime.ports import is_free
from fiberwise.runtime.server_binary import find_server, server_version
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack_state import nearest, state_folder

LOW_BYTES = 2 << 30  # a thousand runs take 30 MB, a data set some times its own size
OLDEST_SQLITE = (3, 35)  # the first that knows RETURNING


def python(version: tuple[int, int, int] = sys.version_info[:3]) -> Check:
    return judge(
        "python", version >= (3, 11), ".".join(map(str, version)), "install Python 3.11, 3.12 or 3.13"
    )


def venv_module() -> Check:
    there = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    hint = f"sudo apt-get install python3.{sys.version_info.minor}-venv"
    return judge("venv module", there, "present" if there else "missing", hint)


def program(name: str) -> Check:
    found = shutil.which(name)
    return judge(
        name, bool(found), found or "missing", f"sudo apt-get install {name} (macOS: xcode-select --install)"
    )


def temporal(settings: Settings) -> Check:
    try:
        path = find_server(settings)
    except PipelineError as error:
        return Check("temporal program", False, error.message, error.hint)
    return Check("temporal program", True, f"{server_version(path)} at {path}")


def state(settings: Settings) -> Check:
    try:
        return Check("state folder", True, str(state_folder(settings)))
    except PipelineError as error:
        return Check("state folder", False, f"{error.where}: {error.message}", error.hint)


def disk(settings: Settings) -> Check:
    free = shutil.disk_usage(nearest(settings.home)).free
    hint = "free some, or name a folder on a larger disk in FIBERWISE_HOME"
    return judge("free disk", free >= LOW_BYTES, f"{free / (1 << 30):.1f} GiB", hint)


def port(settings: Settings, setting: str, number: int) -> Check:
    """A set port is well when it is free, or when the stack of this folder is up on it."""
    if not number:
        return Check(f"port, {setting}", True, "any free one")
    server = find_process(settings.home.expanduser().resolve())
    ours = server is not None and listens(server, number)
    found = "this folder's stack is up on it" if ours else "free" if is_free(number) else "in use"
    hint = f"set {setting} to another port, or to 0 for any free one"
    return judge(f"port, {setting}", found != "in use", f"{number}: {found}", hint)


def sqlite() -> Check:
    known = sqlite3.sqlite_version_info >= OLDEST_SQLITE
    return judge("sqlite", known, sqlite3.sqlite_version, "use a Python that brings SQLite 3.35 or newer")


def children() -> Check:
    """Heavy steps run in child processes, started as this one is."""
    hint = "raise the limits on processes and open files (`ulimit -u`, `ulimit -n`)"
    try:
        child = get_context("spawn").Process(target=os.getpid)
        child.start()
    except OSError as error:
        return Check("child processes", False, str(error), hint)
    child.join(30)
    code = child.exitcode
    child.kill()
    return judge("child processes", code == 0, "start and end" if code == 0 else f"exit code {code}", hint)
