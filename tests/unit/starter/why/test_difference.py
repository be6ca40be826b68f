"""How a run differs from the last one that went well: the first input that differs, not all that follows from it."""

from fiberwise.contracts.execution import Metadata
from fiberwise.contracts.why import Difference
from starter.why.calls import calls_of
from starter.why.difference import difference
from starter.why.facts import Facts
from starter.why.troubles import troubles
from tests.unit.starter.why.made import BROKE, ID, earlier, ended, entry

GOOD = [
    entry("ingest", 0, 1, input_hash="a", input={"rules": ["trim"], "sheet": None}),
    entry("extract", 1, 2, input_hash="b"),
    entry("synthesize", 2, 3, input_hash="c"),
]


def _told(facts: Facts) -> Difference:
    found = difference(facts, troubles(facts, calls_of(facts.log)))
    assert found
    return found


def test_without_an_earlier_run_there_is_none():
    assert difference(ended("full", 3, GOOD), []) is None


def test_the_same_inputs_differ_in_nothing():
    found = _told(ended("full", 3, GOOD, earlier=earlier(GOOD)))
    assert (found.step, found.compared) == ("", ["ingest", "extract", "synthesize"])


def test_the_first_step_whose_input_differs_is_named_with_the_fields_that_show_it():
    log = [entry("ingest", 0, 1, input_hash="x", input={"rules": ["trim", "casts"], "sheet": None})]
    found = _told(ended("full", 3, [*log, entry("extract", 1, 2, input_hash="y")], earlier=earlier(GOOD)))
    assert found.step == "ingest"
    assert [(one.field, one.before, one.now) for one in found.changed] == [
        ("rules", '["trim"]', '["trim", "casts"]')
    ]


def test_what_differs_after_the_first_failure_follows_from_it_and_is_left_out():
    log = [GOOD[0], entry("extract", 1, 2, input_hash="b", error=BROKE), entry("synthesize", input_hash="z")]
    found = _told(ended("degraded", 3, log, earlier=earlier(GOOD)))
    assert (found.step, found.until, found.compared) == ("", "extract", ["ingest", "extract"])


def test_a_step_that_works_on_the_run_itself_is_not_compared():
    good = [entry("analyze", 0, 1, input_hash="a", input={"execution_id": "other"})]
    log = [entry("analyze", 0, 1, input_hash="b", input={"execution_id": ID})]
    assert _told(ended("full", 3, log, earlier=earlier(good))).compared == []


def test_other_versions_of_the_programs_are_told():
    facts = ended(
        "full",
        3,
        GOOD,
        earlier=earlier(GOOD, project_version="0.1.0", sdk_version="1.35.0"),
        metadata=Metadata(project_version="0.2.0", sdk_version="1.35.0"),
    )
    assert [(one.field, one.before, one.now) for one in _told(facts).versions] == [
        ("project_version", "0.1.0", "0.2.0")
    ]
