"""From a file to blocks of its rows, as far as the standard library can read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import get_args

from activities.functions.digest.block import Block
from activities.functions.digest.delimited import Delimited
from activities.functions.digest.objects import Objects
from fiberwise.contracts.dataset import Format
from fiberwise.datasets.compression import compression_of, unpacked
from fiberwise.datasets.encoding import decoded
from fiberwise.datasets.recognise import recognise
from fiberwise.datasets.source import Facts, How, Source

BEYOND = {"parquet": "Parquet", "xlsx": "a workbook"}


@dataclass
class Rows:
    """`facts` are complete once the blocks have been read; `unread` says why there are none."""

    facts: Facts
    blocks: Iterable[Block] = ()
    unread: str = ""
    delimited: Delimited | None = None

    @property
    def missing(self) -> list[str]:
        """What is not in the blocks; ask after the last."""
        if self.unread:
            return [f"rows, columns and figures are missing: {self.unread}"]
        if self.delimited is None or not self.delimited.left_out:
            return []
        left_out, line = self.delimited.left_out, self.delimited.first_left_out
        return [f"ragged rows are left out: {left_out:,}, the first of them in line {line}"]


def open_rows(source: Source, how: How) -> Rows:
    """Raises BadInput, here or from the blocks, for what no engine could read as a table."""
    if compression_of(source.head()) == "zstd" and not _importable("zstandard"):
        facts = Facts(_format_by_name(source.name), "zstd")
        return Rows(facts, unread="the package `zstandard`, which unpacks it, cannot be imported")
    facts = recognise(source)
    if facts.format in BEYOND:
        return Rows(facts, unread=f"without the table engine {BEYOND[facts.format]} cannot be read")
    texts = decoded(source, unpacked(source, facts.compression), facts)
    if facts.format in ("json", "jsonl"):
        return Rows(facts, Objects(source, texts, facts).blocks())
    table = Delimited(source, texts, facts, may_leave_out=how.on_bad_rows == "set_aside")
    return Rows(facts, table.blocks(), delimited=table)


def _importable(package: str) -> bool:
    try:
        import_module(package)
    except ImportError:
        return False
    return True


def _format_by_name(name: str) -> Format:
    parts = name.lower().split(".")
    return next((one for one in get_args(Format) if one in parts), "csv")
