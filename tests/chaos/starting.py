"""A client process: for each line on stdin it starts one key many times at once, and says what came of it.

`python -m tests.chaos.starting KEY COUNT` says `ready`. Its answer is one JSON document a line: how many were
`answered`, with which `ids`, how many began it (`new`), and how many were `refused` when they asked with another input.
"""

import asyncio
import json
import sys
from typing import Any

from temporalio.service import RPCError

from fiberwise.contracts.errors import KeyReused, ServiceUnavailable
from fiberwise.runtime.settings import Settings
from starter.cli.session import keep_logs
from starter.client import FiberWise
from starter.starts import Started

PIPELINE = "complex-multi-agent"
GIVE_UP_SECONDS, RETRY_SECONDS = 50, 0.2


class Client:
    """Patient: a server that is down, or is shot in the middle of an answer, is asked again."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._reached: asyncio.Task[FiberWise] | None = None

    async def start(self, rows: int) -> Started:
        while True:
            reached = self._reached = self._reached or asyncio.create_task(FiberWise.connect(Settings()))
            try:
                return await (await reached).start(PIPELINE, {"generate": {"rows": rows}}, key=self._key)
            except (RPCError, ServiceUnavailable):
                if reached is self._reached:
                    self._reached = None
                await asyncio.sleep(RETRY_SECONDS)

    async def is_refused(self) -> bool:
        try:
            await self.start(rows=41)
        except KeyReused:
            return True
        return False

    async def start_twice(self) -> tuple[Started, bool]:
        return await self.start(rows=40), await self.is_refused()


async def wave(client: Client, count: int) -> dict[str, Any]:
    async with asyncio.timeout(GIVE_UP_SECONDS):
        answers = await asyncio.gather(*(client.start_twice() for _ in range(count)))
    return {
        "answered": len(answers),
        "ids": sorted({started.execution_id for started, _ in answers}),
        "new": sum(not started.existing for started, _ in answers),
        "refused": sum(refused for _, refused in answers),
    }


async def main(key: str, count: int) -> None:
    keep_logs(Settings())  # else the SDK's warnings go to stdout
    client = Client(key)
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await wave(client, count)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
