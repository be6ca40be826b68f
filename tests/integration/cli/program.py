"""What a run of the real program leaves behind."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
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


def _no_json(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")
