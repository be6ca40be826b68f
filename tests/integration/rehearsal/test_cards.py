"""The resilience cards on the pipelines' pages are what happens, on a real server with a real worker process."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from fiberwise.contracts.rehearsal import Trial
from fiberwise.runtime.settings import Settings
from starter.cli.rehearsing import ordered
from starter.rehearsal.card import committed
from starter.rehearsal.stage import stage
from starter.rehearsal.trials import ALL, rehearse

ROOT = Path(__file__).parents[3]
PENGUINS, READINGS = (str(ROOT / "examples" / name) for name in ("penguins.csv", "sensors.csv"))
CARDS = [("complex-multi-agent", [PENGUINS]), ("data-digest", []), ("sensor-health", [READINGS])]
Row = tuple[str, str, str, int, str]


def _row(trial: Trial) -> Row:
    gone = ", ".join(f"`{step}`" for step in trial.missing)
    return trial.step, trial.fault, trial.outcome, trial.attempts, gone


@pytest.fixture
def apart(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.mark.timeout(900)  # a killed worker takes 16 s to be missed
@pytest.mark.parametrize(("pipeline", "data"), CARDS)
async def test_what_the_card_says_happens(apart: Settings, pipeline: str, data: Sequence[str]):
    wanted = {row[:2]: row for row in committed(ROOT / f"docs/pipelines/{pipeline}.md")}
    orders = [await ordered(apart, pipeline, fields) for fields in ({}, *({"data": one} for one in data))]
    async with stage(apart) as client:
        found = await rehearse(client, apart, orders, lambda _: None, ALL)

    assert {_row(trial) for trial in found.trials} == {(*row[:4], row[5]) for row in wanted.values()}
    for trial in found.trials:
        seconds = wanted[trial.step, trial.fault][4]
        assert trial.seconds == pytest.approx(seconds, rel=0.4, abs=5), f"{trial.step} {trial.fault}"
