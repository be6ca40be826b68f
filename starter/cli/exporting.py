"""What `export-test` does."""

from pathlib import Path

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.identity import short_id
from fiberwise.runtime.settings import Settings
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import connection
from starter.exporting import Exported, export, page


async def export_test(settings: Settings, asked: str, file: Path | None, masked: bool, as_json: bool) -> int:
    """Raises as `exporting.export`, and BadInput where the file cannot be written, or is there already."""
    async with connection(settings, tell) as reached:
        exported = await export(reached.client, settings, asked, masked=masked)
    into = file or Path(_name(exported))
    _write(into, page(exported))
    if as_json:
        answer_json({"workflow_id": exported.workflow_id, "file": str(into), "masked": masked})
    else:
        answer(f"{exported.workflow_id} is a test now, which passes: {into}")
        tell("put it under tests/; read it before you send it: data may say what no pattern knows")
    return 0


def _name(exported: Exported) -> str:
    return f"test_{exported.pipeline}_{short_id(exported.workflow_id)}.py".replace("-", "_").replace("/", "_")


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise BadInput(f"{file} is there already", where="FILE", hint="name another file") from error
    except OSError as error:
        reason = f"{file} cannot be written: {error.strerror}"
        raise BadInput(reason, where="FILE", hint="name another file") from error
