"""What a cached result hangs on: everything that changes it, and nothing that does not."""

import pytest

from fiberwise.contracts.canonical import called_as
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Artifact, Dataset
from fiberwise.contracts.payload import Payload
from fiberwise.contracts.step_cache import CacheKey, key_of

STORE = "file:///store/"


class Opaque(Payload):
    model_config = {"arbitrary_types_allowed": True}
    handle: object


def owns(uri: str) -> bool:
    return uri.startswith(STORE)


def key(request: Request, version: int = 1, memory: str = "") -> CacheKey:
    return key_of("ingest", version, request, owns, memory)


def ingested(source: str | None) -> Dataset:
    table = Artifact(uri=f"{STORE}cd/cd34.parquet", format="parquet", bytes=3, sha256="cd34")
    sizes = {"bytes": 3, "rows": 1, "columns": 1}
    return Dataset(
        uri=f"{STORE}ab/ab12.csv", format="csv", sha256="ab12", table=table, source=source, **sizes
    )


def test_what_people_call_the_data_is_no_part_of_it():
    data = f"{STORE}ab/ab12.csv"
    assert key(Request(data=data, source="sales.csv")) == key(Request(data=data, source="copy.csv"))


def test_every_part_is_named_version_and_memory_before_the_fields():
    assert list(key(Request(data=f"{STORE}ab/ab12.csv")).parts)[:4] == ["version", "memory", "data", "source"]


@pytest.mark.parametrize(
    ("other", "part"),
    [
        (key(Request(data=f"{STORE}cd/cd34.csv", sheet="2")), "data"),
        (key(Request(data=f"{STORE}ab/ab12.csv", sheet="2")), "sheet"),
        (key(Request(data=f"{STORE}ab/ab12.csv"), version=2), "version"),
        (key(Request(data=f"{STORE}ab/ab12.csv"), memory="7"), "memory"),
    ],
)
def test_the_first_part_that_differs_is_named(other: CacheKey, part: str):
    one = key(Request(data=f"{STORE}ab/ab12.csv"))
    assert other.digest != one.digest
    assert other.first_change(one.parts) == part


def test_a_field_that_there_was_not_before_is_a_change():
    assert CacheKey(step="s", parts={"a": "1", "b": "2"}).first_change({"a": "1"}) == "b"
    assert CacheKey(step="s", parts={"a": "1"}).first_change({"a": "1", "b": "2"}) == "b"


def test_no_key_is_made_from_the_name_of_data_whose_content_is_not_known():
    with pytest.raises(
        ValueError, match=r"^sales.csv is not in the artifact store: what it holds is not known$"
    ):
        key(Request(data="/home/ann/sales.csv"))


def test_no_key_is_made_from_what_has_no_canonical_form():
    with pytest.raises(ValueError, match="Unable to serialize"):
        key_of("step", 1, Opaque(handle=object()), owns)


@pytest.mark.parametrize("source", ["copy.csv", None])
def test_a_kept_result_is_called_what_this_call_calls_it(source: str | None):
    asked = Request(data=f"{STORE}ab/ab12.csv", source=source)
    assert called_as(ingested("sales.csv"), asked) == ingested(source)
