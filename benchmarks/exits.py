"""`python -m benchmarks.exits`: how many of 200 ends of the command line were true: exit code, streams, no crash.

A process that used the SDK may die at interpreter exit although all went well (sdk-python#300): every way out is tried.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FIBERWISE = str(Path(sys.executable).with_name("fiberwise"))
SMALL = ("complex-multi-agent", "--set", "generate.rows=40")
NOBODY = {"TEMPORAL_ADDRESS": "127.0.0.1:1"}


class Case(NamedTuple):
    """`times` calls of a command, each of which must end with `code`; on stdout one JSON document, or nothing."""

    name: str
    times: int
    arguments: tuple[str, ...]
    code: int
    answers: bool = False
    variables: dict[str, str] = {}


CASES = (
    Case("no server", 100, ("list", "--json"), 3, variables=NOBODY),
    Case("list", 50, ("list", "--json"), 0, answers=True),
    Case("unknown pipeline", 25, ("run", "no-such-pipeline", "--json"), 2),
    Case("run", 25, ("run", *SMALL, "--json"), 0, answers=True),
)


def main() -> int:
    with tempfile.TemporaryDirectory() as home, stack(home) as environment:
        found = {case.name: list(ends(case, environment)) for case in CASES}
    wrong = [text for ended in found.values() for text, _ in ended if text]
    for case in CASES:
        took = sorted(seconds for _, seconds in found[case.name])
        true = sum(not text for text, _ in found[case.name])
        print(
            f"{case.name:18} {true:3} of {case.times:3} true, exit {case.code}, median {took[len(took) // 2]:.2f} s"
        )
    print(f"{sum(case.times for case in CASES) - len(wrong)} of {sum(case.times for case in CASES)} true")
    print("\n".join(wrong[:10]))
    return 1 if wrong else 0


def ends(case: Case, environment: dict[str, str]) -> Iterator[tuple[str, float]]:
    """What was wrong with each call, empty where nothing was; and its seconds."""
    for _ in range(case.times):
        began = time.monotonic()
        done = subprocess.run(
            [FIBERWISE, *case.arguments],
            cwd=ROOT, env=environment | case.variables, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        seen = done.returncode == case.code and is_answer(done.stdout, case.answers)
        wrong = f"{case.name}: exit {done.returncode}, {len(done.stdout)} characters, {done.stderr[-300:]!r}"
        yield "" if seen else wrong, time.monotonic() - began


def is_answer(out: str, expected: bool) -> bool:
    if not expected:
        return not out
    try:
        json.loads(out)
    except ValueError:
        return False
    return True


@contextmanager
def stack(home: str) -> Generator[dict[str, str]]:
    """The environment of a `dev` that is up on a state folder of its own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "FIBERWISE_"))
    }
    environment = kept | {"FIBERWISE_HOME": home, "FIBERWISE_PROCESSES": "1"}
    with subprocess.Popen(
        [FIBERWISE, "dev", "--json"], cwd=ROOT, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as dev:  # fmt: skip
        assert dev.stdout
        told = ""
        while not told.endswith("}\n"):
            assert dev.poll() is None, "`fiberwise dev` ended before it was ready"
            told += dev.stdout.readline()
        try:
            yield environment
        finally:
            dev.terminate()
            dev.wait(60)


if __name__ == "__main__":
    sys.exit(main())
