"""Makes a new pipeline in a copy of the checkout, records its first histories there, and hands all of it over."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

from fiberwise.contracts.errors import PipelineError, Refused
from starter.new_pipeline.drafting import FINGERPRINTS, FORMS, REGISTRY, drafted, edits, histories_of
from starter.new_pipeline.naming import Called

PARTS = ("pyproject.toml", "worker.py", REGISTRY, FORMS, "fiberwise/contracts/payload.py")
"""What makes a folder a checkout."""

LEFT = (".git", ".venv", ".fiberwise", ".hypothesis", ".ruff_cache", ".import_linter_cache", "__pycache__")
TOOLS = ("ruff", "pytest")
TOLD, PATIENCE = 12, 30  # lines of what went wrong; seconds for a program to end when it is told to
FOREIGN = ("FIBERWISE_", "TEMPORAL_", "PYTHON")
Tell = Callable[[str], None]


class Unmade(PipelineError):
    """The new pipeline did not come through what it has to: nothing was written."""

    code, retryable = "unmade", False


@dataclass(frozen=True)
class Made:
    """Paths in the checkout."""

    written: list[str]
    edited: list[str]


def make(root: Path, called: Called, tell: Tell) -> Made:
    """Writes the pipeline into a checkout. Raises Refused, Unmade; then the checkout is as it was."""
    new = drafted(called)
    check_free(root, [*new, histories_of(called)])
    changes = {file: edit((root / file).read_text("utf-8")) for file, edit in edits(called).items()}
    with tempfile.TemporaryDirectory(prefix="fiberwise-new-") as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*LEFT))
        for file, text in {**new, **changes}.items():
            _write(copy / file, text.encode())
        for what, command in _proofs(called, [*new, *changes]):
            tell(what)
            _do(copy, command)
        written = [*new, *(str(one.relative_to(copy)) for one in _files(copy / histories_of(called)))]
        check_free(root, written)
        hand_over(copy, root, [*written, *changes, FINGERPRINTS])
    return Made(written, [*changes, FINGERPRINTS])


def check_free(root: Path, files: Sequence[str]) -> None:
    """Raises Refused for a folder that is no checkout, for want of tools, and for a file that is there already."""
    lacking = [part for part in PARTS if not (root / part).is_file()]
    if lacking:
        hint = "go into the folder that you cloned, which has a Makefile, then try again"
        raise Refused(f"{root} is no checkout: it has no {lacking[0]}", where=str(root), hint=hint)
    if wanting := [tool for tool in TOOLS if not find_spec(tool)]:
        raise Refused(
            f"{wanting[0]} is not installed", where="new", hint="`make check` brings what is needed"
        )
    if there := next((file for file in files if (root / file).exists()), None):
        raise Refused(f"{there} is there already", where=there, hint="choose another name")


def hand_over(copy: Path, root: Path, files: Sequence[str]) -> None:
    """All files of the copy, or none: what was written is taken back where one cannot be."""
    with ExitStack() as undo:
        for file in files:
            target = root / file
            undo.callback(_back, target, target.read_bytes() if target.exists() else None)
            _write(target, (copy / file).read_bytes())
        undo.pop_all()


def _back(file: Path, before: bytes | None) -> None:
    file.unlink(missing_ok=True) if before is None else file.write_bytes(before)


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _proofs(called: Called, files: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    code = [file for file in files if file.endswith(".py")]
    yield "its code in order", ("ruff", "check", "--quiet", "--fix", *code)
    yield "its code in form", ("ruff", "format", "--quiet", *code)
    yield "its page", ("starter.pages",)
    yield "its first histories, from real runs: about a minute", ("tests.replay.record", called.name)
    yield "its fingerprint", ("tests.replay.fingerprints",)


def _do(copy: Path, command: Sequence[str]) -> None:
    """Runs a module of the copy. Raises Unmade with the end of what it said."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment = ours | {"PYTHONPATH": str(copy)}
    line = [sys.executable, "-m", *command]
    # In a session of its own: Ctrl-C reaches it through us, once, so that it ends the server that it has started.
    with Popen(  # noqa: S603
        line, cwd=copy, env=environment, stdout=PIPE, stderr=STDOUT, text=True, start_new_session=True
    ) as child:
        try:
            said, _ = child.communicate()
        except BaseException:
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=PATIENCE)
            raise
    if child.returncode:
        last = "\n".join(said.splitlines()[-TOLD:])
        raise Unmade(f"`{' '.join(command[:2])}` fails, and nothing was written: {last}", where="new")
