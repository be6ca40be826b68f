"""`fiberwise` with every pipeline of a storm in its registry: `python -m tests.chaos.storm.program worker --json`."""

import sys

from fiberwise.pipeline.pipeline import Pipeline
from starter.__main__ import main
from tests.workflows import bending, chunked, lasting
from tests.workflows.ledgered import LedgeredPipeline
from tests.workflows.paying import PayingPipeline
from tests.workflows.scripted import ScriptedPipeline
from workflows import AVAILABLE_PIPELINES

PIPELINES: dict[str, type[Pipeline]] = {
    **bending.PIPELINES,
    **lasting.PIPELINES,
    **chunked.PIPELINES,
    "ledgered": LedgeredPipeline,
    "paying": PayingPipeline,
    "scripted": ScriptedPipeline,
}
PROGRAM = (sys.executable, "-m", "tests.chaos.storm.program")


def register() -> None:
    AVAILABLE_PIPELINES.update(PIPELINES)


if __name__ == "__main__":
    register()
    main()
