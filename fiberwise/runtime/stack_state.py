"""`stack.json` in the state folder: where the embedded server of this folder is, or last was."""

import os
import tempfile
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime.ports import Ports
from fiberwise.runtime.settings import Settings

FILE = "stack.json"


class StackState(BaseModel):
    """Written once the server answers. That it says so does not mean that the server still lives."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pid: int
    port: int
    ui_port: int
    owner_pid: int
    started: datetime

    @property
    def ports(self) -> Ports:
        return Ports(self.port, self.ui_port)


def state_folder(settings: Settings) -> Path:
    """The folder of `settings.home`, made if missing, links resolved. Raises BadInput if it cannot be."""
    home = settings.home.expanduser().absolute()
    try:
        (home / "logs").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "name a folder that you may write to in FIBERWISE_HOME"
        raise BadInput(f"the state folder cannot be written: {reason}", where=str(home), hint=hint) from error
    return home.resolve()


def nearest(path: Path) -> Path:
    """The path itself, or the closest of its parents that exists."""
    path = path.expanduser().absolute()
    return next(place for place in (path, *path.parents) if place.exists())


def read_state(home: Path) -> StackState | None:
    try:
        return StackState.model_validate_json((home / FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write_state(home: Path, state: StackState) -> None:
    """Whole or not at all: a reader never sees half of it."""
    draft = home / f"{FILE}.{os.getpid()}"
    draft.write_text(state.model_dump_json(indent=2))
    draft.replace(home / FILE)
