"""Which artifacts and executions are mentioned: whatever holds a hash or an id, in whichever form, refers to it."""

import re
from pathlib import Path

HASH = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LONGEST = 66  # a mention and what is round it, where two blocks meet
BLOCK = 1 << 20
TABLES = ("csv", "tsv", "parquet", "xlsx")
"""Formats of data: what looks like a reference in a user's cell is none."""


class Mentions:
    """`artifacts` by sha256, `executions` by id, each in lower-case text."""

    def __init__(self) -> None:
        self.artifacts: set[str] = set()
        self.executions: set[str] = set()

    def note(self, data: bytes) -> None:
        """Of JSON, protobuf or plain text alike: all of them hold a hash as its digits."""
        self.artifacts.update(found.decode() for found in HASH.findall(data))
        self.executions.update(found.decode() for found in ID.findall(data))

    def note_file(self, path: Path) -> None:
        """In blocks. One that is gone by now mentions nothing; tables are not looked into."""
        if path.name.partition(".")[2].split(".")[0] in TABLES or path.suffix[1:] in TABLES:
            return
        try:
            with path.open("rb") as file:
                before = b""
                while block := file.read(BLOCK):
                    self.note(before + block)
                    before = block[-LONGEST:]
        except FileNotFoundError:
            return
