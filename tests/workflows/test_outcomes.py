"""The table of outcomes on the pipeline's page is what happens: each of its rows is run."""

import re
from itertools import chain, combinations
from pathlib import Path

import pytest
from temporalio.client import Client

from activities.resources import Resources, provide
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Generate
from fiberwise.runtime.settings import Settings
from tests.conftest import Serve
from tests.workflows.running import Result, begin, ended
from workflows import AVAILABLE_PIPELINES

PAGE = Path(__file__).parents[2] / "docs/pipelines/complex-multi-agent.md"
OPTIONAL = ("extract", "transform", "synthesize", "analyze", "publish")
ROW = re.compile(
    r"^\| (?P<steps>(?:`\w+`(?:, )?)+) \| (?P<outcome>\w+) \| (?P<completeness>[\d.]+) \| (?P<missing>.*) \|$"
)


def rows() -> dict[str, tuple[str, float, str]]:
    """Which steps fail -> outcome, completeness, what is missing."""
    part = PAGE.read_text("utf-8").partition("<!-- outcomes -->")[2].partition("<!-- /outcomes -->")[0]
    found = [match for line in part.splitlines() if (match := ROW.match(line))]
    return {
        row["steps"].replace("`", ""): (row["outcome"], float(row["completeness"]), row["missing"])
        for row in found
    }


def missing(result: Result) -> str:
    """The parts of the results that are not there, as the table names them."""
    results = result.results or {}
    parts = {name: results.get(name) for name in ("extract", "transform", "synthesis", "published")}
    parts["analysis"] = result.analysis
    return ", ".join(
        name for name in ("extract", "transform", "synthesis", "analysis", "published") if parts[name] is None
    )


def test_every_combination_of_failing_steps_has_its_row():
    subsets = chain.from_iterable(combinations(OPTIONAL, n) for n in range(1, len(OPTIONAL) + 1))

    assert set(rows()) == {", ".join(steps) for steps in subsets} | {"generate", "ingest"}


@pytest.mark.parametrize("failing", rows())
async def test_a_row_of_the_table_is_what_happens(
    client: Client, settings: Settings, serve: Serve, failing: str, tmp_path: Path
):
    provide(Resources(settings.artifacts_url, settings.published_folder))
    request = Request(generate=Generate(rows=20))
    if failing == "ingest":
        (tmp_path / "few.csv").write_text("a,b\n1,2\n")
        request = Request(data=str(tmp_path / "few.csv"))
    async with serve(AVAILABLE_PIPELINES):
        faults = dict.fromkeys(failing.split(", "), "fail")
        result = await ended(await begin(client, settings, "complex-multi-agent", request, faults))

    assert (result.outcome, result.completeness, missing(result)) == pytest.approx(rows()[failing])
