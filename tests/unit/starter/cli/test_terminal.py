"""The answer is whole on stdout or the command has failed; what is said beside it on stderr never fails one."""

import os
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import TextIO

import pytest
from rich.text import Text

from starter.cli import exits, terminal
from starter.cli.app import app

ON_LINUX = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")


def _answers(*_: object, **__: object) -> int:
    terminal.answer("all is well")
    return 0


WRITERS = [pytest.param(_answers, ["list"], id="answer"), pytest.param(app, ["--help"], id="help")]
Writer = Callable[..., int]
Concluded = Callable[[Writer, list[str], TextIO], tuple[int, str]]


@pytest.fixture
def full_disk() -> Iterator[TextIO]:
    with open("/dev/full", "w") as stream:
        yield stream
        exits.silence(stream)


@pytest.fixture
def gone_reader() -> Iterator[TextIO]:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        yield stream
        exits.silence(stream)


@pytest.fixture
def concluded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Concluded:
    """Ends a command line that writes to this stdout: its exit code, and what it said on stderr."""
    monkeypatch.setenv("FIBERWISE_HOME", str(tmp_path))
    monkeypatch.setattr(exits, "_set_streams", lambda: None)

    def run(writer: Writer, arguments: list[str], stdout: TextIO) -> tuple[int, str]:
        monkeypatch.setattr(exits, "app", writer)
        monkeypatch.setattr(sys, "stdout", stdout)
        monkeypatch.setattr(sys, "stderr", told := StringIO())
        return exits.concluded(arguments), told.getvalue()

    return run


@ON_LINUX
@pytest.mark.parametrize(("writer", "arguments"), WRITERS)
def test_an_answer_that_could_not_be_written_is_a_failure_in_one_line(
    concluded: Concluded, full_disk: TextIO, writer: Writer, arguments: list[str]
):
    line = "fiberwise: the answer could not be written to stdout: No space left on device\n"
    assert concluded(writer, arguments, full_disk) == (1, line)


@pytest.mark.parametrize(("writer", "arguments"), WRITERS)
def test_a_reader_that_went_away_has_all_it_wanted(
    concluded: Concluded, gone_reader: TextIO, writer: Writer, arguments: list[str]
):
    assert concluded(writer, arguments, gone_reader) == (0, "")


@ON_LINUX
def test_a_note_that_could_not_be_written_costs_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], full_disk: TextIO
):
    monkeypatch.setattr(sys, "stderr", full_disk)
    terminal.tell("on its way")
    assert _answers() == 0
    assert capsys.readouterr().out == "all is well\n"


@pytest.mark.parametrize(("variable", "styled"), [("1", False), ("", True)])
def test_no_color_leaves_no_style_at_all(monkeypatch: pytest.MonkeyPatch, variable: str, styled: bool):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", variable)
    page = Text.assemble(("bold", "head"), (" dim", "note"), (" red", "bad"), (" link", "link https://x"))
    assert ("\x1b" in terminal.rendered(page, terminal=True)) == styled
