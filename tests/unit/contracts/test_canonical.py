"""Equal work has an equal hash, whatever its data is called and wherever it lies."""

from fiberwise.contracts.canonical import canonical, input_hash, places
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Artifact, Dataset, SetAside


def test_the_same_file_in_another_store_under_another_name_is_the_same_input():
    here = Request(data="/home/ann/artifacts/ab12.csv", source="sales.csv")
    there = Request(data="s3://bucket/ab12.csv", source="copy of sales.csv")

    assert input_hash(here) == input_hash(there)


def test_another_content_is_another_input():
    assert input_hash(Request(data="/a/ab12.csv")) != input_hash(Request(data="/a/cd34.csv"))


def test_an_artifact_is_its_hash_and_not_its_place():
    artifact = Artifact(uri="/a/ab12.csv", format="csv", bytes=3, sha256="ab12")

    assert canonical(artifact) == {"uri": "", "format": "csv", "bytes": 3, "sha256": "ab12"}


def test_on_the_wire_a_payload_keeps_its_places():
    assert (
        Artifact(uri="/a/ab12.csv", format="csv", bytes=3, sha256="ab12").model_dump()["uri"] == "/a/ab12.csv"
    )


def test_its_places_are_told_from_names_that_only_look_like_one():
    table = Artifact(uri="/a/ab12.parquet", format="parquet", bytes=3, sha256="ab12")
    figures = {"format": "csv", "bytes": 3, "sha256": "cd34", "rows": 1, "columns": 1}
    dataset = Dataset.model_validate(
        {"uri": "/a/cd34.csv", "source": "/b/ef56.csv", "table": table, "set_aside": SetAside(), **figures}
    )

    assert places(dataset) == ["/a/cd34.csv", "/a/ab12.parquet"]
