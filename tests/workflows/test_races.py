"""Whatever comes to a run, in whichever order and at once: what stands at its end agrees with what was done.

By hand, longer and each time otherwise: `pytest tests/workflows/test_races.py --hypothesis-profile=long --timeout=0`.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from fiberwise.runtime.settings import Settings
from tests.workflows.racing import Races
from tests.workflows.stage import Stage, staged

# In the suite the same few runs each time, of a few moves; `long` is registered beside the suite's own profile.
SHORT = hypothesis_settings(max_examples=16, stateful_step_count=8, derandomize=True)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, artifacts: str) -> Iterator[Stage]:
    home: Path = tmp_path_factory.mktemp("races")
    settings = Settings(home=home, artifacts=artifacts, task_queue="races", grace_seconds=3, sandbox=False)
    with staged(settings) as stage:
        yield stage


def test_races(stage: Stage):
    chosen = hypothesis_settings() if hypothesis_settings.get_current_profile_name() == "long" else SHORT
    run_state_machine_as_test(partial(Races, stage), settings=chosen)
