"""How every command ends: its exit code, an error in one or two lines, and a process that is gone at once."""

import os
import signal
import sys
import traceback
from contextlib import nullcontext, redirect_stdout, suppress
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import NoReturn, TextIO

from typer import Abort, TyperException

from fiberwise.contracts.errors import BadInput, PipelineError
from starter.cli.app import app

INTERRUPTED = 130


class Undelivered(PipelineError):
    """The command did what it was asked, and its answer is lost."""

    code, retryable = "undelivered", False


def concluded(arguments: list[str]) -> int:
    """Runs a command line, and says what went wrong on stderr. Returns the exit code; raises nothing."""
    _set_streams()
    as_json = "--json" in arguments
    try:
        return _ran(arguments or ["--help"])
    except TyperException as error:
        refused = BadInput(error.format_message(), where="command line", hint="`--help` shows what there is")
        return complain(refused, as_json, code="usage")
    except PipelineError as error:
        return complain(error, as_json)
    except (KeyboardInterrupt, Abort):
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a person never sees a traceback; the log keeps it whole
        return complain(_unexpected(error), as_json, code="internal")


def _ran(arguments: list[str]) -> int:
    # Typer prints a help page by itself, and fails where its reader went away: here help is an answer like any other.
    page = StringIO()
    with redirect_stdout(page) if "--help" in arguments else nullcontext():
        code = int(app(arguments, prog_name="fiberwise", standalone_mode=False) or 0)
    deliver(page.getvalue())
    return code


def complain(error: PipelineError, as_json: bool, code: str = "") -> int:
    """Writes an error to stderr: what, where, what to do. Returns its exit code."""
    code = code or error.code
    if as_json:
        import json

        told = {"code": code, "message": error.message, "where": error.where, "hint": error.hint}
        text = json.dumps({"error": told}, ensure_ascii=False)
    else:
        where = f" [{error.where}]" if error.where and error.where not in error.message else ""
        text = f"fiberwise: {error.message}{where}" + (f"\n  {error.hint}" if error.hint else "")
    _try_to_write(sys.stderr, text + "\n")
    return error.exit_code


def deliver(text: str) -> None:
    """Writes an answer to stdout, all of it now. A reader that went away, as `| head` does, is no error.

    Raises Undelivered where it cannot be written, as on a full disk.
    """
    try:
        _write(sys.stdout, text)
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        raise Undelivered(f"the answer could not be written to stdout: {error.strerror}") from error


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()


def _try_to_write(stream: TextIO, text: str) -> None:
    """For what is not the answer: where it cannot be written, the exit code alone tells."""
    try:
        _write(stream, text)
    except OSError:
        silence(stream)


def silence(stream: TextIO) -> None:
    """From here on the stream leads nowhere, so that what is still buffered raises nothing."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def leave(code: int) -> NoReturn:
    """Ends the process at once: a Tokio thread of the SDK that meets a dying interpreter aborts it (sdk-python#300)."""
    for stream in (sys.stdout, sys.stderr):
        _try_to_write(stream, "")
    os._exit(code)


def _set_streams() -> None:
    # `>&-` closes a stream; Python then has none at all, and what is written goes nowhere.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no such letter shows another one, rather than no answer at all.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    for sent in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(sent) == signal.SIG_DFL:  # nohup's choice stays
            signal.signal(sent, signal.default_int_handler)


def _unexpected(error: Exception) -> PipelineError:
    text = " ".join(str(error).split())[:300]
    message = f"unexpected {type(error).__name__}: {text}" if text else f"unexpected {type(error).__name__}"
    file = _kept(error)
    return PipelineError(
        message, where=file, hint="this is a bug; the file named has its traceback" if file else ""
    )


def _kept(error: Exception) -> str:
    logs = Path(os.environ.get("FIBERWISE_HOME") or ".fiberwise").expanduser().absolute() / "logs"
    file = logs / "errors.log"
    try:
        logs.mkdir(parents=True, exist_ok=True)
        with file.open("a") as log:
            log.write(f"--- {datetime.now(UTC).isoformat()} {' '.join(sys.argv)}\n")
            log.writelines(traceback.format_exception(error))
    except OSError:
        return ""
    return str(file)
