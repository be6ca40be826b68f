"""The five-step shape: bare SDK and this project on the same tuned server, round by round, and all defaults."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks import sides
from benchmarks.load import Load, Sample, measure
from benchmarks.servers import Server, default_server, tuned_server

Tell = Callable[[str], None]
DEFAULTS = "server and SDK with all defaults"


@dataclass(frozen=True)
class Side:
    """One row of the table."""

    name: str
    serve: sides.Serve
    server: Server
    load: Load
    tuned_loop: bool = True


def name_of(who: str, sandbox: bool) -> str:
    return f"{who}, sandbox {'on' if sandbox else 'off'}"


def race(program: Path, folder: Path, load: Load, rounds: int, tell: Tell) -> dict[str, list[Sample]]:
    """One sample of each side per round. The order turns, so that none always comes first."""
    found: dict[str, list[Sample]] = {}
    with ExitStack() as stack:
        tuned = stack.enter_context(tuned_server(program, folder / "tuned"))
        plain = stack.enter_context(default_server(program, folder / "defaults"))
        sides_ = _sides(tuned, plain, folder / "tuned", load)
        for number in range(rounds):
            turn = number % len(sides_)
            for side in sides_[turn:] + sides_[:turn]:
                tell(f"round {number + 1} of {rounds}: {side.name}")
                found.setdefault(side.name, []).append(_sample(side))
    return {side.name: found[side.name] for side in sides_}


def _sides(tuned: Server, plain: Server, home: Path, load: Load) -> list[Side]:
    found = [
        Side(name_of(who, sandbox), serve, tuned, load)
        for sandbox in (True, False)
        for who, serve in (("bare", sides.bare(sandbox=sandbox)), ("ours", sides.ours(home, sandbox=sandbox)))
    ]
    slow = Load(max(1, load.runs // 3), load.in_flight, max(1, load.alone // 3))
    return [*found, Side(DEFAULTS, sides.all_defaults, plain, slow, tuned_loop=False)]


def _sample(side: Side) -> Sample:
    async def measured() -> Sample:
        async with side.serve(side.server.address) as run:
            return await measure(run, side.server.process, side.load)

    return uvloop.run(measured()) if side.tuned_loop else asyncio.run(measured())
