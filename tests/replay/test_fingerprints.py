"""A change of what a pipeline declares is noticed, and told with what to do about it."""

import json
import re

import pytest

from fiberwise.changing.fingerprint import DeclaredStep
from tests.replay.fingerprints import FILE, Noted, Unreadable, changes, read, today, written

NOW = today()
NAME = "complex-multi-agent"
NOTED = NOW[NAME]


def test_every_pipeline_is_what_its_fingerprint_says():
    found = list(changes(read(FILE.read_text()), NOW))
    assert not found, "\n".join(found)


def test_what_is_written_is_read_again():
    assert read(written(NOW)) == NOW


def _with_step(name: str, step: DeclaredStep | None) -> Noted:
    steps = {**NOTED.declared.steps, name: step}
    kept = {key: one for key, one in steps.items() if one is not None}
    return NOTED.model_copy(update={"declared": NOTED.declared.model_copy(update={"steps": kept})})


EXTRACT = NOTED.declared.steps["extract"]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (_with_step("enrich", EXTRACT), "`enrich` is new. .*guard its call by .*patched.*new version"),
        (_with_step("extract", None), "`extract` is gone or has another name.*patched.*new version"),
        (_with_step("extract", EXTRACT.model_copy(update={"activity": "other"})), "declare a new step"),
        (
            _with_step("extract", EXTRACT.model_copy(update={"retry": "1"})),
            "none breaks: `make fingerprints`",
        ),
        (NOTED.model_copy(update={"histories": {**NOTED.histories, "full": "0"}}), "never edited or deleted"),
        (NOTED.model_copy(update={"files": {**NOTED.files, "full": "0"}}), "never edited or deleted"),
        (NOTED.model_copy(update={"histories": {**NOTED.histories, "more": "0"}}), "`more` is new"),
    ],
    ids=[
        "step added",
        "step removed",
        "activity changed",
        "retry changed",
        "other commands",
        "history edited",
        "history added",
    ],
)
def test_a_change_is_told_with_what_to_do(now: Noted, told: str):
    [found] = changes({NAME: NOTED}, {NAME: now})
    assert re.search(told, found), found


def test_a_file_edited_by_hand_is_refused():
    document = json.loads(written(NOW))
    document["pipelines"][NAME]["histories"]["full"] = "0" * 12
    with pytest.raises(Unreadable, match=r"edited by hand.*`make fingerprints`"):
        read(json.dumps(document))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"checksum": "", "pipelines": {"a": 1}}', "<<<<<<< HEAD"])
def test_a_file_of_something_else_is_refused(text: str):
    with pytest.raises(Unreadable, match="cannot be read"):
        read(text)
