"""Every command ends in an exit code and at most two lines, also where the program itself is at fault."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from temporalio.service import RPCError, RPCStatusCode

from fiberwise.contracts.errors import PipelineError
from starter.cli import exits, session


def _fails_with(error: BaseException) -> Callable[..., int]:
    def app(*_: object, **__: object) -> int:
        raise error

    return app


@pytest.fixture
def fails_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[BaseException], None]:
    """Lets every command line end in this error, with a state folder of its own and the signals left alone."""
    monkeypatch.setenv("FIBERWISE_HOME", str(tmp_path))
    monkeypatch.setattr(exits, "_set_streams", lambda: None)
    return lambda error: monkeypatch.setattr(exits, "app", _fails_with(error))


def test_a_bug_is_told_in_two_lines_and_its_traceback_kept(
    fails_with: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    fails_with(KeyError("rows"))
    assert exits.concluded(["list"]) == 1
    told = capsys.readouterr()
    kept = tmp_path / "logs" / "errors.log"
    assert told.out == ""
    assert told.err.splitlines() == [
        f"fiberwise: unexpected KeyError: 'rows' [{kept}]",
        "  this is a bug; the file named has its traceback",
    ]
    assert "Traceback (most recent call last)" in kept.read_text()


def test_a_bug_is_told_also_where_its_traceback_cannot_be_kept(
    fails_with: Callable[[BaseException], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    fails_with(ValueError())
    monkeypatch.setenv("FIBERWISE_HOME", __file__)
    assert exits.concluded(["list", "--json"]) == 1
    error = json.loads(capsys.readouterr().err)["error"]
    assert error == {"code": "internal", "message": "unexpected ValueError", "where": "", "hint": ""}


def test_an_interrupt_is_130_without_a_word(
    fails_with: Callable[[BaseException], None], capsys: pytest.CaptureFixture[str]
):
    fails_with(KeyboardInterrupt())
    assert exits.concluded(["list"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (RPCStatusCode.NOT_FOUND, 2, "Temporal does not know it: gone"),
        (RPCStatusCode.INVALID_ARGUMENT, 2, "Temporal refuses it: gone"),
        (RPCStatusCode.UNAVAILABLE, 3, "Temporal does not answer: gone"),
    ],
)
def test_an_answer_of_the_server_decides_the_exit_code(status: RPCStatusCode, code: int, said: str):
    async def work() -> int:
        raise RPCError("gone", status, b"")

    async def interruptible() -> None:
        await session._interruptible(work(), 1)

    with pytest.raises(PipelineError) as caught:
        asyncio.run(interruptible())
    assert (caught.value.exit_code, caught.value.message) == (code, said)
