"""What `fiberwise new` refuses, with exit code 2 and nothing written."""

import shutil
from pathlib import Path

import pytest

from fiberwise.contracts.errors import BadInput, Refused
from starter.new_pipeline import Called, Unmade, make, making
from starter.new_pipeline.making import PARTS

ROOT = Path(__file__).parents[4]
LINES = ("workflows/__init__.py", "tests/replay/registered_forms.py")


def silent(_: str) -> None:
    """Nobody reads how far it is."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as makes it one."""
    for part in (*PARTS, "tests/replay/fingerprints.json"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    return tmp_path


def _files(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Row-Count",
        "row_count",
        "row count",
        "-row",
        "row-",
        "row--count",
        "2rows",
        "zeilenzähler",
        "../row",
        "r/c",
    ],
)
def test_what_is_no_name_of_a_pipeline_is_refused(name: str):
    with pytest.raises(BadInput, match="is no name of a pipeline"):
        Called(name)


@pytest.mark.parametrize("name", ["import", "class", "async", "with"])
def test_a_word_of_pythons_own_is_refused(name: str):
    with pytest.raises(BadInput, match="Python's own"):
        Called(name)


def test_the_name_of_what_carries_streams_and_a_very_long_one_are_refused():
    with pytest.raises(BadInput, match="carries a stream"):
        Called("stream-step")
    with pytest.raises(BadInput, match="longer than 40"):
        Called("a" * 41)


def test_every_refusal_has_exit_code_2():
    assert BadInput.exit_code == Refused.exit_code == 2


def test_a_folder_that_is_no_checkout_is_refused_and_stays_empty(tmp_path: Path):
    with pytest.raises(Refused, match="is no checkout"):
        make(tmp_path, Called("row-count"), silent)
    assert not _files(tmp_path)


@pytest.mark.parametrize(
    "there",
    ["workflows/row_count.py", "fiberwise/contracts/row_count.py", "docs/pipelines/row-count.md"],
)
def test_a_file_that_is_there_is_refused_and_kept(checkout: Path, there: str):
    (checkout / there).parent.mkdir(parents=True, exist_ok=True)
    (checkout / there).write_text("mine")
    before = _files(checkout)
    with pytest.raises(Refused, match=r"row.count\.\w+ is there already"):
        make(checkout, Called("row-count"), silent)
    assert _files(checkout) == before


@pytest.mark.parametrize("listing", LINES)
def test_a_name_that_a_list_has_already_is_refused(checkout: Path, listing: str):
    file = checkout / listing
    file.write_text(file.read_text() + '\n# "row-count" is promised to somebody\n')
    with pytest.raises(Refused, match="names `row-count` already"):
        make(checkout, Called("row-count"), silent)


@pytest.mark.parametrize("listing", LINES)
def test_a_list_that_cannot_be_read_is_refused(checkout: Path, listing: str):
    (checkout / listing).write_text("from typing import Any\n")
    with pytest.raises(Refused, match="as it should"):
        make(checkout, Called("row-count"), silent)


def test_what_does_not_come_through_leaves_nothing_behind(checkout: Path):
    """This checkout has no tests to record histories with."""
    before = _files(checkout)
    with pytest.raises(Unmade, match="nothing was written"):
        make(checkout, Called("row-count"), silent)
    assert _files(checkout) == before


def test_a_file_that_cannot_be_written_takes_the_others_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    copy, root = tmp_path / "copy", tmp_path / "root"
    for file in ("a", "b", "c"):
        (copy / file).parent.mkdir(exist_ok=True)
        (copy / file).write_text("new")
    root.mkdir()
    (root / "b").write_text("old")
    write = making._write

    def full(file: Path, content: bytes) -> None:
        if file == root / "c":
            raise OSError(28, "No space left on device")
        return write(file, content)

    monkeypatch.setattr(making, "_write", full)
    with pytest.raises(OSError, match="No space"):
        making.hand_over(copy, root, ["a", "b", "c"])
    assert _files(root) == {str(root / "b"): b"old"}
