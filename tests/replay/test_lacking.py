"""`make replay` fails when a pipeline lacks a form."""

from tests.replay.lacking import USUAL, lacking

FORMS = {"greet": {*USUAL, "held"}}
RECORDED = [f"greet/{form}" for form in FORMS["greet"]]


def test_nothing_lacks_where_every_form_is_recorded():
    assert list(lacking(["greet"], FORMS, RECORDED)) == []


def test_a_form_without_a_history_is_named():
    left = [one for one in RECORDED if one != "greet/held"]
    assert list(lacking(["greet"], FORMS, left)) == ["greet lacks the form `held`"]


def test_a_registered_pipeline_whose_forms_nobody_declared_lacks_the_usual_ones():
    assert len(list(lacking(["greet", "sum"], FORMS, RECORDED))) == len(USUAL)


def test_a_declaration_cannot_leave_out_a_usual_form():
    assert list(lacking(["greet"], {"greet": {"held"}}, ["greet/held"])) == [
        f"greet lacks the form `{form}`" for form in sorted(USUAL)
    ]
