"""A disk that is full when the parts of a stream are put together: an error in words, nothing half there, then on."""

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from activities.agents.data_processor.streamed.chunk_cleaning import clean_chunk
from activities.agents.data_processor.streamed.joining import merge_cleaned
from activities.agents.data_processor.streamed.planning import merge_surveys
from activities.agents.data_processor.streamed.surveying import chunk_of, survey_chunk
from activities.functions.chunked_dataset import cut_source
from fiberwise.contracts.cleaning import Cleaning
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.stream import Part
from fiberwise.datasets.assembling import assemble_dataset
from fiberwise.datasets.chunk_layout import lay_out_chunk
from fiberwise.datasets.limits import Limits

ROWS, SMALL = 20_000, Limits(chunk_bytes=64 << 10)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of 32 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "fiberwise-test", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def _surveyed(url: str, data: Path) -> tuple[Cleaning, list[Part]]:
    """What is asked, and the parts of the first round."""
    request = Request(data=str(data))
    chunks = cut_source(request, url, SMALL)
    laid = [lay_out_chunk(request, chunks, number, url, SMALL) for number in range(chunks.count)]
    cleaning = Cleaning(dataset=assemble_dataset(request, chunks, laid, [], url))
    numbers = range(cleaning.dataset.chunks.count if cleaning.dataset.chunks else 0)
    return cleaning, [survey_chunk(cleaning, chunk_of(cleaning, number, url), url) for number in numbers]


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as sink, suppress(OSError):
        while True:
            sink.write(bytes(64 << 10))


def test_a_merge_on_a_full_disk_fails_in_words_leaves_nothing_half_and_succeeds_once_there_is_room(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMPDIR", str(disk))
    monkeypatch.setattr("tempfile.tempdir", None)
    data, url = tmp_path / "x.csv", str(disk / "store")
    data.write_text("n,text\n" + "".join(f"{n},{n * 7919 % 10007}{'x' * 40}\n" for n in range(ROWS)))
    cleaning, surveys = _surveyed(url, data)
    plan = merge_surveys(cleaning, surveys, url)
    parts = [clean_chunk(cleaning, chunk_of(cleaning, one.number, url), plan, url) for one in surveys]
    before, filler = _files(disk), disk / "filler"
    _fill(filler)
    with pytest.raises(Exception, match=r"[Nn]o space left"):
        merge_cleaned(cleaning, plan, parts, url)
    left = _files(disk) - {filler}
    filler.unlink()

    assert left == before
    assert merge_cleaned(cleaning, plan, parts, url).rows_out == ROWS
