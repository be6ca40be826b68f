"""A whole table as its blocks come by: a tally for each column, and a bound on what all of them keep."""

from collections.abc import Iterator, Sequence
from itertools import islice

from activities.functions.digest.block import HEAD, Block, Row
from activities.functions.digest.column import describe
from activities.functions.digest.tally import Tally
from fiberwise.contracts.profile import Column, Extract

SAMPLE_COLUMNS, SAMPLE_CHARS = 100, 80
KEYS = 10


class Table:
    """`room` is in bytes, about: with less of it, fewer figures are exact."""

    def __init__(self, null_tokens: Sequence[str], room: int) -> None:
        self._tokens, self._room = [token.strip() for token in null_tokens], room
        self._tallies: dict[str, Tally] = {}
        self.rows = 0
        self.sample: list[Row] = []

    def add(self, block: Block) -> None:
        self.rows += block.rows
        self.sample += [_cut(row) for row in block.head[: HEAD - len(self.sample)]]
        for name, cells in block.columns.items():
            if name not in self._tallies:
                self._tallies[name] = Tally(self._tokens)
            self._tallies[name].add(cells)
        while sum(tally.held for tally in self._tallies.values()) > self._room:
            max(self._tallies.values(), key=lambda tally: tally.held).shrink()

    def extract(self) -> Extract:
        """Call it once, at the end: it lets go of each column that it has described."""
        described = [describe(name, self.rows, self._tallies.pop(name)) for name in list(self._tallies)]
        columns = [column for column, _ in described]
        approximate = [figure for _, figures in described for figure in figures]
        rough = {figure.column for figure in approximate}
        keys = [[name] for name in self._keys(columns) if name not in rough]
        return Extract(rows=self.rows, columns=columns, keys=keys[:KEYS], approximate=approximate)

    def _keys(self, columns: Sequence[Column]) -> Iterator[str]:
        """Single columns only: pairs would need a second pass."""
        return (column.name for column in columns if 0 < self.rows == column.distinct == column.count)


def _cut(row: Row) -> Row:
    return {name: text and text[:SAMPLE_CHARS] for name, text in islice(row.items(), SAMPLE_COLUMNS)}
