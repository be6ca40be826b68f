"""A pipeline whose module imports what reads the clock."""

from temporalio import workflow

import tests.unit.runtime.reads_the_clock as clock


@workflow.defn(name="careless")
class CarelessPipeline:
    @workflow.run
    async def execute(self) -> str:
        return clock.LOADED.isoformat()
