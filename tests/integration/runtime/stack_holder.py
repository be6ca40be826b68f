"""Opens the stack of a folder, says so, holds it until a line comes in: `stack_holder.py HOME [serves]`."""

import asyncio
import json
import sys
from pathlib import Path

from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack import open_stack


def say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


async def main() -> None:
    async with open_stack(Settings(home=Path(sys.argv[1])), lambda text: say(told=text)) as stack:
        if "serves" in sys.argv:
            await stack.serve()
        say(pid=stack.process.pid, address=stack.address, owned=stack.owned, adopted=stack.adopted)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    say(closed=True)


if __name__ == "__main__":
    asyncio.run(main())
