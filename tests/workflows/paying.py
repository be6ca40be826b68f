"""A pipeline that pays twice: each payment tells the key that it passes on, also when it fails."""

import asyncio
from datetime import timedelta
from typing import Literal

from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.execution import PipelineResult
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.pipeline.pipeline import Pipeline
from fiberwise.pipeline.policies import Hold
from fiberwise.pipeline.step import step
from fiberwise.runtime.step_key import step_key

TWICE = RetryPolicy(initial_interval=timedelta(minutes=1), maximum_attempts=2)


class Bill(Asked):
    """What the first attempt of the first payment does; `break` is an error that no retry can mend."""

    first: Literal["pay", "fail", "break", "hang"] = "pay"


class Paid(Payload):
    key: str


@activity.defn
async def pay(bill: Bill) -> Paid:
    first = bill.first if activity.info().attempt == 1 else "pay"
    if first == "hang":
        await asyncio.sleep(3600)
    if first in ("fail", "break"):
        raise ApplicationError(step_key(), non_retryable=first == "break")
    return Paid(key=step_key())


@workflow.defn(name="paying")
class PayingPipeline(Pipeline):
    pay = step(pay, retry=TWICE, timeout=timedelta(minutes=5), hold=Hold())

    @workflow.run
    async def execute(self, request: Bill = Bill()) -> PipelineResult[list[Paid], None]:
        return self.result([await self.pay(request), await self.pay(Bill())], None)
