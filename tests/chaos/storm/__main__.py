"""`make chaos RUNS=2000`: a storm over real servers and workers; what is lost, doubled or disagrees is counted."""

import argparse
import asyncio
import secrets
import signal
import sys
import time
from contextlib import nullcontext
from types import FrameType

from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from tests.chaos.storm.place import place
from tests.chaos.storm.plan import plan
from tests.chaos.storm.postgres import Database, postgres
from tests.chaos.storm.program import register
from tests.chaos.storm.storming import Storm


def main() -> None:
    asked = _arguments()
    seed = asked.seed if asked.seed is not None else secrets.randbelow(1 << 32)
    register()
    signal.signal(signal.SIGTERM, _end)
    errors = LoggingConfig(TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=errors)))
    begun = time.monotonic()
    say(f"seed {seed}: SEED={seed} RUNS={asked.runs} plays the same plan again")
    database = postgres() if asked.database == "postgresql" else nullcontext[Database | None](None)
    with database as found, place(asked.runs, found.url if found else "") as here:
        storm = Storm(here, plan(seed, asked.runs, here.ledger), seed, found, say)
        figures = asyncio.run(storm.play())
    say(f"{figures}, in {time.monotonic() - begun:.0f} s with seed {seed}")
    sys.exit(0 if figures.is_well else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="how many executions to start (100)")
    parser.add_argument("--seed", type=int, help="of all decisions (a new one)")
    parser.add_argument(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="of the record"
    )
    return parser.parse_args()


def _end(_signal: int, _frame: FrameType | None) -> None:
    """An end from outside (`timeout`, CI) must not leave servers and workers behind."""
    sys.exit(143)


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
