"""`fiberwise` with pipelines of the tests in its registry: `python -m tests.workflows.registered dev --json`."""

import sys

from fiberwise.pipeline.pipeline import Pipeline
from starter.__main__ import main
from tests.workflows import bending, chunked, lasting
from workflows import AVAILABLE_PIPELINES

PIPELINES: dict[str, type[Pipeline]] = {**bending.PIPELINES, **chunked.PIPELINES, **lasting.PIPELINES}
PROGRAM = (sys.executable, "-m", "tests.workflows.registered")

if __name__ == "__main__":
    AVAILABLE_PIPELINES.update(PIPELINES)
    main()
