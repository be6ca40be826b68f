"""Which data sets stream by themselves, which are refused, and with which figures."""

from pathlib import Path

import pytest

from fiberwise.contracts.dataset import Artifact
from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.fitting import check_fits, streams
from fiberwise.datasets.intake import take_in
from fiberwise.datasets.limits import Limits
from fiberwise.store.artifacts import ArtifactStore

GIB = 1 << 30


def _file(format: str, size: int, suffix: str = "") -> Artifact:
    return Artifact(uri=f"file:///store/x.{format}{suffix}", format=format, bytes=size, sha256="")


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (_file("csv", 1 << 20), False),
        (_file("csv", GIB), True),
        (_file("jsonl", GIB), True),
        (_file("parquet", GIB), True),
        (_file("csv", 100 << 20), False),
        (_file("csv", 100 << 20, ".gz"), True),
        (_file("json", GIB), False),
        (_file("xlsx", GIB), False),
    ],
)
def test_what_takes_more_than_the_budget_streams_if_it_can(file: Artifact, expected: bool):
    assert streams(file, 8 * GIB) is expected


def test_without_a_budget_nothing_streams_by_itself():
    assert not streams(_file("csv", 100 * GIB), None)


@pytest.mark.parametrize(
    ("format", "hint"),
    [("csv", "start it with --stream"), ("json", "give it as csv, tsv, jsonl or parquet, which stream")],
)
def test_what_does_not_fit_is_refused_with_figures(format: str, hint: str):
    with pytest.raises(BadInput) as refused:
        check_fits(_file(format, GIB), GIB)
    told = f"a {format} file of 1 GiB takes about 28 GiB of memory, and a worker may use 1 GiB"
    assert refused.value.message == f"{told} (FIBERWISE_MEMORY_BUDGET)"
    assert refused.value.hint == hint


def test_of_what_will_stream_no_row_is_read_on_arrival(tmp_path: Path):
    path, store = tmp_path / "x.csv", ArtifactStore(str(tmp_path / "store"))
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(BadInput, match="line 3"):
        take_in(str(path), store, Limits())

    assert take_in(str(path), store, Limits(memory_bytes=0)).format == "csv"
