"""An error boundary round several steps: what is done within fails as one, and the run goes on without it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fiberwise.pipeline.failure import StepFailed
from fiberwise.pipeline.pipeline import Pipeline


@asynccontextmanager
async def boundary(pipeline: Pipeline, part: str) -> AsyncGenerator[None]:
    """Between a step, which fails alone, and the pipeline, which fails whole.

    A required step that fails for good ends the block and degrades the run, which says that `part` is missing.
    Bad input passes, since no part of the run can be good then; so does a person's wish to fall back.
    """
    try:
        yield
    except StepFailed as error:
        if error.failure.type == "BadInput" or error.chosen:
            raise
        pipeline.degrade(f"{part} is missing: {error.failure.in_short}")
