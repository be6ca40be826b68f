"""A resilience card is written into its page and read back from it."""

from pathlib import Path

import pytest

from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.rehearsal import ResilienceCard, Trial
from starter.rehearsal.card import BEGIN, END, as_markdown, committed, put

TRIAL = Trial(
    step="extract",
    fault="hang",
    outcome="degraded",
    attempts=5,
    seconds=37.6,
    completeness=0.8,
    missing=["extract"],
)
CARD = ResilienceCard(pipeline="shop", trials=[TRIAL], unreached=["ingest"])


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    return path


def test_a_card_put_into_a_page_is_read_back(page: Path):
    put(page, CARD)

    assert committed(page) == [("extract", "hang", "degraded", 5, 38, "`extract`")]


def test_the_rest_of_the_page_stays(page: Path):
    put(page, CARD)
    text = page.read_text()

    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text


def test_steps_that_no_request_came_to_are_named():
    assert as_markdown(CARD).endswith("Not tried: `ingest`.")


def test_a_page_without_a_place_is_refused(tmp_path: Path):
    (tmp_path / "bare.md").write_text("no marks")

    with pytest.raises(BadInput, match="no place for a card"):
        put(tmp_path / "bare.md", CARD)
