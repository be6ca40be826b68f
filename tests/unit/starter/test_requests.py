"""What a person asks for is checked before anything starts."""

import pytest

from fiberwise.contracts.errors import BadInput, NotFound
from starter.requests import checked, pipeline_named, with_changes

COMPLEX = "complex-multi-agent"


def test_an_unknown_pipeline_is_answered_with_the_nearest_name():
    with pytest.raises(NotFound) as caught:
        pipeline_named("complex-multi-agnet")
    assert caught.value.exit_code == 2
    assert COMPLEX in caught.value.hint


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"date": "x.csv"}, "`date`: no such field, did you mean `data`?"),
        ({"generate": {"rowz": 5}}, "`generate.rowz`: no such field, did you mean `rows`?"),
        ({"generate": {"rows": -1}}, "`generate.rows`: input should be greater than or equal to 0"),
        ({"generate": {"rows": "many"}}, "`generate.rows`: input should be a valid integer"),
        ({"data": "x.csv", "generate": {}}, "`input`: value error, give `data` or `generate`, not both"),
    ],
)
def test_a_wrong_field_is_named_by_its_path_with_what_was_expected(fields: dict[str, object], said: str):
    with pytest.raises(BadInput) as caught:
        checked(pipeline_named(COMPLEX), fields)
    assert said in caught.value.message


def test_of_many_wrong_fields_three_are_told():
    with pytest.raises(BadInput, match=r"\(and 2 more\)"):
        checked(pipeline_named(COMPLEX), {name: 1 for name in "abcde"})


def test_changes_are_set_by_path_and_read_as_json_where_they_are_json():
    changed = with_changes(
        {"generate": {"seed": 1}}, ["generate.rows=5", "sheet=May", 'rules=["trim"]', "data=null"]
    )
    assert changed == {"generate": {"seed": 1, "rows": 5}, "sheet": "May", "rules": ["trim"], "data": None}


@pytest.mark.parametrize("change", ["rows", "=5", "sheet.name=x"])
def test_a_change_that_is_none_is_refused(change: str):
    with pytest.raises(BadInput):
        with_changes({"sheet": "May"}, [change])
