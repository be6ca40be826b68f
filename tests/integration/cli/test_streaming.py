"""`--stream`, and what streams by itself: the same answer, chunk by chunk; what failed is driven again alone."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.program import ROOT, Fiberwise

RUN = ("run", "complex-multi-agent", "--no-cache", "--json")
PENGUINS = (*RUN, "--data", str(ROOT / "examples" / "penguins.csv"))
SMALL = {"FIBERWISE_CHUNK_BYTES": "4096"}
ROWS = 344


@pytest.fixture(scope="module")
def streamed(fiberwise: Fiberwise) -> dict[str, Any]:
    ran = fiberwise(*PENGUINS, "--stream", **SMALL)
    assert ran.code == 0, ran.err
    return ran.answer


def test_a_data_set_in_chunks_gives_what_it_gives_whole(fiberwise: Fiberwise, streamed: dict[str, Any]):
    whole = fiberwise(*PENGUINS).answer["results"]
    found = streamed["results"]

    assert found["dataset"]["chunks"]["count"] > 1
    assert found["dataset"]["table"] is None
    for part, field in (("transform", "rules"), ("extract", "rows"), ("synthesis", "quality")):
        assert found[part][field] == whole[part][field]
    assert [_rounded(column) for column in found["extract"]["columns"]] == [
        _rounded(column) for column in whole["extract"]["columns"]
    ]


def _rounded(column: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 9) if isinstance(value, float) else value for name, value in column.items()}


def test_its_result_says_what_became_of_the_chunks(streamed: dict[str, Any]):
    count = streamed["results"]["dataset"]["chunks"]["count"]

    assert {name: (one["done"], one["failed"]) for name, one in streamed["chunks"].items()} == dict.fromkeys(
        ("ingest", "extract", "transform", "synthesize"), (count, 0)
    )


def test_its_id_may_be_cut_short_though_those_of_its_streams_begin_with_it(
    fiberwise: Fiberwise, streamed: dict[str, Any]
):
    ran = fiberwise("show", streamed["execution_id"][:8], "--json")

    assert (ran.code, ran.answer["execution_id"]) == (0, streamed["execution_id"])


def test_a_chunk_that_fails_is_left_out_and_redrive_tries_it_alone(fiberwise: Fiberwise):
    torn = fiberwise(*PENGUINS, "--stream", "--fault", "ingest#2=fail", **SMALL)
    mended = fiberwise("redrive", torn.answer["execution_id"], "--json", **SMALL)

    assert (torn.code, torn.answer["outcome"]) == (0, "degraded")
    assert "ingest is without 1 of" in torn.answer["reasons"][0]
    assert torn.answer["results"]["dataset"]["rows"] < ROWS
    assert "ingest: 1 chunks are tried again" in mended.err
    assert (mended.code, mended.answer["outcome"]) == (0, "full")
    assert mended.answer["results"]["dataset"]["rows"] == ROWS


def test_redrive_of_what_has_no_failed_chunk_is_refused(fiberwise: Fiberwise, streamed: dict[str, Any]):
    ran = fiberwise("redrive", streamed["execution_id"])

    assert ran.code == 2
    assert "no chunk of" in ran.err


def test_a_chunk_that_cannot_be_read_is_set_aside_with_its_reason(fiberwise: Fiberwise, tmp_path: Path):
    lines = ["a,b", *(f"{n},{n}" for n in range(2000)), "1,2,3", *(f"{n},{n}" for n in range(2000))]
    (tmp_path / "ragged.csv").write_text("\n".join(lines) + "\n")
    ran = fiberwise(*RUN, "--data", str(tmp_path / "ragged.csv"), "--stream", **SMALL)

    assert (ran.code, ran.answer["outcome"]) == (0, "degraded")
    assert "line 2002" in ran.answer["reasons"][0]


def test_what_does_not_fit_the_memory_budget_streams_by_itself(fiberwise: Fiberwise):
    ran = fiberwise(*PENGUINS, FIBERWISE_MEMORY_BUDGET="1000")

    assert (ran.code, ran.answer["results"]["dataset"]["chunks"]["count"]) == (0, 1)


def test_what_neither_fits_nor_streams_is_refused_with_figures(fiberwise: Fiberwise, tmp_path: Path):
    (tmp_path / "x.json").write_text('[{"a": 1}, {"a": 2}]')
    ran = fiberwise(*RUN, "--data", str(tmp_path / "x.json"), FIBERWISE_MEMORY_BUDGET="100")

    assert ran.code == 2
    assert "a json file of 20 bytes takes about 560 bytes of memory" in ran.err


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.json", '[{"a": 1}]', "a json file cannot stream"),
        ("x.csv", "", "is empty"),
    ],
)
def test_what_cannot_stream_is_refused(
    fiberwise: Fiberwise, tmp_path: Path, name: str, content: str, told: str
):
    (tmp_path / name).write_text(content)
    ran = fiberwise(*RUN, "--data", str(tmp_path / name), "--stream")

    assert ran.code == 2
    assert told in ran.err


def test_a_pipeline_that_does_not_stream_says_so(fiberwise: Fiberwise):
    ran = fiberwise("run", "data-digest", "--data", PENGUINS[-1], "--stream")

    assert (ran.code, "data-digest does not stream" in ran.err) == (2, True)
