import json
from pathlib import Path

import polars as pl
import pytest

from activities.functions.ingest_dataset import read_dataset
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.errors import ArtifactMissing, BadInput
from fiberwise.datasets.limits import Limits
from fiberwise.store.artifacts import ArtifactStore


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "store")


def test_a_data_set_from_anywhere_becomes_a_table_of_text_in_the_store(url: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("id;name\n007; Ann \n2;\n", encoding="utf-8")
    dataset = read_dataset(Request(data=str(path)), url, Limits())
    facts = (dataset.format, dataset.encoding, dataset.compression, dataset.delimiter)
    assert facts == ("csv", "utf-8", None, ";")
    assert (dataset.rows, dataset.columns, dataset.bytes) == (2, 2, path.stat().st_size)
    assert dataset.source == str(path)
    store = ArtifactStore(url)
    with store.fetched(dataset.whole) as table:
        frame = pl.read_parquet(table)
    assert frame.to_dict(as_series=False) == {"id": ["007", "2"], "name": [" Ann ", ""]}
    assert set(frame.dtypes) == {pl.String}


def test_a_data_set_of_the_store_is_read_where_it_lies_and_again_to_the_same(url: str) -> None:
    artifact = ArtifactStore(url).put_bytes(b"a,b\n1,2\n", "csv")
    first = read_dataset(Request(data=artifact.uri), url, Limits())
    assert (first.uri, first.sha256, first.source) == (artifact.uri, artifact.sha256, None)
    assert read_dataset(Request(data=artifact.uri), url, Limits()) == first


def test_ragged_rows_that_are_set_aside_lie_beside_with_line_and_text(url: str) -> None:
    store = ArtifactStore(url)
    artifact = store.put_bytes("a,b\n1,2\né\n3,4\n5,6,7\n".encode(), "csv")
    dataset = read_dataset(Request(data=artifact.uri, on_bad_rows="set_aside"), url, Limits())
    assert (dataset.rows, dataset.set_aside.rows) == (2, 2)
    with store.fetched(store.known(dataset.set_aside.uri or "")) as path:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines == [{"line": 3, "text": "é"}, {"line": 5, "text": "5,6,7"}]


def test_columns_of_any_name_reach_the_table(url: str) -> None:
    artifact = ArtifactStore(url).put_bytes(b"^a$,*,\n1,2,3\n", "csv")
    dataset = read_dataset(Request(data=artifact.uri), url, Limits())
    with ArtifactStore(url).fetched(dataset.whole) as path:
        assert pl.read_parquet(path).columns == ["^a$", "*", ""]


def test_no_data_and_missing_data_are_refused(url: str) -> None:
    with pytest.raises(BadInput, match="no data set to read"):
        read_dataset(Request(), url, Limits())
    with pytest.raises(BadInput, match=r"there is no nowhere\.csv"):
        read_dataset(Request(data="nowhere.csv"), url, Limits())
    artifact = ArtifactStore(url).put_bytes(b"a,b\n1,2\n", "csv")
    with pytest.raises(ArtifactMissing):
        read_dataset(Request(data=artifact.uri.replace(artifact.sha256, "f" * 64)), url, Limits())


def test_the_shipped_examples_are_read(url: str) -> None:
    examples = Path(__file__).parents[3] / "examples"
    shapes = {name: (344, columns) for name, columns in (("penguins.csv", 8), ("penguins-raw.csv", 17))}
    for name, shape in shapes.items():
        dataset = read_dataset(Request(data=str(examples / name)), url, Limits())
        assert (dataset.rows, dataset.columns) == shape
