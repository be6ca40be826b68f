"""`fiberwise dev` in a state folder of its own, and runs on it by the program itself."""

import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.cli.program import PROGRAM, ROOT, SECONDS, staying


class Stack:
    def __init__(self, environment: dict[str, str], address: str, web_ui: str) -> None:
        self._environment, self.address, self.web_ui = environment, address, web_ui

    def fiberwise(self, *arguments: str) -> Any:
        """What a command answers as JSON."""
        return json.loads(self._run(PROGRAM, *arguments, "--json"))

    def temporal(self, *arguments: str) -> None:
        self._run(str(Path(PROGRAM).with_name("temporal")), *arguments, "--address", self.address)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=SECONDS
        )
        assert done.stdout, done.stderr
        return done.stdout


@contextmanager
def stack(home: Path) -> Generator[Stack]:
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(("TEMPORAL_", "FIBERWISE_"))
    }
    environment = kept | {"FIBERWISE_HOME": str(home), "FIBERWISE_GRACE_SECONDS": "2"}
    with staying(environment, "dev") as (_, told):
        yield Stack(environment, told["address"], told["ui"])
