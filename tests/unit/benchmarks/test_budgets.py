"""Budgets: what is over one is told with what to do, noise is not, and a file that was spoilt is refused."""

import json
from pathlib import Path

import pytest

from benchmarks import budgets
from benchmarks.budgets import FILE, MARGINS, Figures
from workflows import AVAILABLE_PIPELINES

GOOD = Figures(wall=10, cpu=8, memory=2, events=40, history_bytes=50_000)


def test_what_noise_adds_is_within_the_margin():
    assert not list(budgets.exceeded({"p": GOOD._replace(wall=19, cpu=11)}, {"p": GOOD}))


@pytest.mark.parametrize("field", MARGINS)
def test_what_is_past_its_margin_is_told_with_figures_and_what_to_do(field: str):
    worse = getattr(GOOD, field) * (MARGINS[field] + 0.01)
    [told] = budgets.exceeded({"p": GOOD._replace(**{field: worse})}, {"p": GOOD})
    assert told.startswith(f"p takes too much {field}: ")
    assert f"(up to {MARGINS[field]} x)" in told
    assert "make perf NOTE=1" in told


def test_a_pipeline_without_a_budget_is_told():
    [told] = budgets.exceeded({"new": GOOD}, {"p": GOOD})
    assert told.startswith("new has no budget")


def test_no_budget_is_of_a_pipeline_that_is_gone():
    """One that has none yet, as a new one, `make perf` tells."""
    assert {name.split(",")[0] for name in budgets.read()} <= set(AVAILABLE_PIPELINES)


def test_what_was_noted_is_read(tmp_path: Path):
    budgets.note({"p": GOOD}, tmp_path / "budgets.json")
    assert budgets.read(tmp_path / "budgets.json") == {"p": GOOD}


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"p": {"wall": 1}}), json.dumps({"p": 3})])
def test_a_file_that_holds_no_budgets_is_refused_with_what_to_do(tmp_path: Path, text: str):
    file = tmp_path / FILE.name
    file.write_text(text)
    with pytest.raises(ValueError, match="make perf NOTE=1"):
        budgets.read(file)
