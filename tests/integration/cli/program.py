"""What a run of the real program leaves behind."""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, NamedTuple

PROGRAM = str(Path(sys.executable).with_name("fiberwise"))
ROOT = Path(__file__).parents[3]
SECONDS = 100


class Ran(NamedTuple):
    """What a command left: its exit code and its two streams."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The one JSON document on stdout: anything beside it, or a NaN, fails here."""
        return json.loads(self.out, parse_constant=_no_json)

    @property
    def error(self) -> dict[str, str]:
        """The error object, which is the last line of stderr."""
        return json.loads(self.err.splitlines()[-1])["error"]


Fiberwise = Callable[..., Ran]


@contextmanager
def staying(
    environment: Mapping[str, str], command: str, program: Sequence[str] = (PROGRAM,)
) -> Iterator[tuple[Popen[str], Any]]:
    """`dev` or `worker` and what it says once it is ready. SIGTERM ends it, unless it has ended by then."""
    with Popen(
        [*program, command, "--json"], cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE, text=True
    ) as child:
        assert child.stdout
        told = ""
        while not told.endswith("}\n"):
            assert child.poll() is None, f"`{command}` ended before it was ready"
            told += child.stdout.readline()
        try:
            yield child, json.loads(told)
        finally:
            child.send_signal(signal.SIGTERM)
            child.communicate(timeout=30)


def _no_json(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")
