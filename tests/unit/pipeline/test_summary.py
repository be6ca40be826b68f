"""The log's excerpts stay under 1 KB whatever they are made of."""

import json

from hypothesis import given
from hypothesis import strategies as st

from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.pipeline.summary import summarise

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON))
def test_an_excerpt_of_anything_fits_into_1_kb(value: dict[str, object]):
    assert len(json.dumps(summarise(value), ensure_ascii=False)) <= 1024


def test_a_small_model_is_told_whole_but_for_its_nulls():
    told = summarise(Request(data="a.csv", null_tokens=("NA",), rules=()))
    assert told == {"data": "a.csv", "null_tokens": ["NA"], "rules": [], "on_bad_rows": "refuse"}


def test_long_texts_and_lists_are_cut_and_say_so():
    told = summarise({"text": "x" * 200, "list": list(range(50))})
    assert told["text"] == "x" * 79 + "…"
    assert told["list"] == [0, 1, 2, "… 47 more"]


def test_a_value_that_is_no_mapping_is_told_under_value():
    assert summarise([1, 2]) == {"value": [1, 2]}
