"""The report of a run is worth reading, bounded, and holds what comes from data as it is."""

from typing import Any

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.complex_multi_agent import Results
from fiberwise.contracts.data_digest import Digest, DigestedData
from fiberwise.contracts.dataset import Artifact, Dataset, Kind
from fiberwise.contracts.execution import Metadata
from fiberwise.contracts.profile import Approximate, Column, Extract, Top
from fiberwise.contracts.synthesis import Finding, Quality, Synthesis
from fiberwise.contracts.view import RunAnswer
from starter.cli import report
from starter.cli.terminal import rendered

ARTIFACT = Artifact(uri="file:///s/aa/aa.csv", format="csv", bytes=10, sha256="aa")


def _results(columns: int) -> Results:
    dataset = Dataset(
        **ARTIFACT.model_dump(),
        encoding="utf-8",
        rows=3,
        columns=columns,
        table=ARTIFACT,
        source="[red]x.csv",
    )
    found = [
        Column(
            name=f"c{n}[/]", kind=Kind.TEXT, count=3, nulls=0, distinct=1, top=[Top(value="[bold]", count=3)]
        )
        for n in range(columns)
    ]
    quality = Quality(completeness=1.0, uniqueness=None, score=0.5)
    findings = [Finding(kind="gaps", severity="warning", text="[link=x]mind it[/link]")]
    synthesis = Synthesis(quality=quality, summary="fine", confidence=1.0, findings=findings)
    return Results(dataset=dataset, extract=Extract(rows=3, columns=found), synthesis=synthesis)


def _answer(**changes: Any) -> RunAnswer:
    fields: dict[str, Any] = {"pipeline": "complex-multi-agent", "status": "completed", "outcome": "full"}
    fields |= {
        "execution_id": "1234567890",
        "workflow_id": "complex-multi-agent/1234567890",
        "metadata": Metadata(),
    }
    return RunAnswer(**fields | changes)


def _shown(found: RunAnswer) -> str:
    return rendered(report.page(found))


def test_at_most_twelve_columns_are_shown_and_the_rest_is_counted():
    text = _shown(_answer(results=_results(15).model_dump(mode="json")))
    assert "c11[/]" in text
    assert "c12[/]" not in text
    assert "… 3 more: fiberwise show 12345678 --json" in text


def test_text_from_data_is_never_taken_for_markup():
    text = _shown(_answer(results=_results(1).model_dump(mode="json")))
    for part in ("[red]x.csv", "c0[/]", "[bold] (3)", "[link=x]mind it[/link]"):
        assert part in text


def _digest() -> dict[str, Any]:
    rough = Approximate(column="id", figure="distinct", bound="± 1.0%")
    column = Column(name="id", kind=Kind.TEXT, count=3, nulls=0, distinct=12_345, min_length=1, max_length=9)
    digest = Digest(
        dataset=DigestedData(**ARTIFACT.model_dump(), rows=3, columns=1, source="x.csv"),
        extract=Extract(rows=3, columns=[column], approximate=[rough]),
        sample=[{"id": "[red]one", "": "no name", "third": None}],
    )
    return digest.model_dump(mode="json")


def test_a_digest_shows_its_columns_with_what_is_rough_and_its_first_rows():
    text = _shown(_answer(pipeline="data-digest", results=_digest()))
    for part in ("x.csv · 3 rows × 1 columns", "≈ 12,345", "1 … 9 characters", "[red]one", "no name"):
        assert part in text


def test_the_results_of_a_fallback_are_shown_as_those_of_the_pipeline_that_made_them():
    text = _shown(_answer(outcome="fallback", produced_by="data-digest", results=_digest()))
    assert "First rows" in text


def test_where_it_is_narrow_the_last_column_gives_way_and_no_name_is_broken():
    results = _results(1)
    assert results.extract is not None
    [column] = results.extract.columns
    many = column.model_copy(
        update={"name": "a_name_to_read", "top": [Top(value="x" * 24, count=n) for n in (3, 2, 1)]}
    )
    results = results.model_copy(update={"extract": Extract(rows=3, columns=[many])})
    lines = _shown(_answer(results=results.model_dump(mode="json"))).splitlines()
    [line] = [line for line in lines if line.startswith("a_name_to_read")]
    assert line.endswith("…")


def test_a_pipeline_with_other_results_is_shown_as_bounded_json():
    text = _shown(_answer(pipeline="another", results={"numbers": list(range(100))}))
    assert '"numbers"' in text
    assert "more lines: fiberwise show 12345678 --json" in text


def test_bad_input_found_by_a_step_is_exit_2_and_any_other_failure_1():
    bad = _answer(status="failed", outcome="failed", failure=Failure(type="BadInput", message="no table"))
    other = _answer(status="failed", outcome="failed", failure=Failure(type="StepFailed", message="broke"))
    assert (report.failure(bad).exit_code, report.failure(other).exit_code) == (2, 1)


def test_only_input_that_proved_bad_is_refused_and_a_step_that_broke_is_a_failed_run():
    bad, broke = (Failure(type=kind, message="no", step="ingest") for kind in ("BadInput", "ValidationError"))
    codes = [
        report.failure(_answer(status="failed", outcome="failed", failure=one)).exit_code
        for one in (bad, broke)
    ]
    assert codes == [2, 1]
