import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from fiberwise.contracts.dataset import Artifact
from fiberwise.store.artifacts import ArtifactStore
from fiberwise.store.bounds import LARGEST, bounded_value, whole_value


def test_data_up_to_the_bound_stays_as_it_is(tmp_path: Path):
    largest = "x" * (LARGEST - 2)
    assert bounded_value(largest, ArtifactStore(str(tmp_path))) == largest
    assert list(tmp_path.iterdir()) == []


def test_data_past_the_bound_is_a_reference_to_all_of_it(tmp_path: Path):
    store, value = ArtifactStore(str(tmp_path)), {"text": "é" * LARGEST}
    reference = bounded_value(value, store)
    assert isinstance(reference, dict)
    artifact = Artifact.model_validate(reference | {"format": "json"})
    with store.fetched(artifact) as path:
        assert json.loads(path.read_bytes()) == value
        assert artifact.bytes == path.stat().st_size


@pytest.mark.parametrize("value", [None, {"uri": "x"}, {"text": "é" * LARGEST}])
def test_a_value_is_had_back_wherever_it_lies(tmp_path: Path, value: JsonValue):
    store = ArtifactStore(str(tmp_path))
    assert whole_value(bounded_value(value, store), store) == value
