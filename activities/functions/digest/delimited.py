"""CSV and TSV by the csv module: the same rows that `ingest` sees."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from activities.functions.digest.block import CELLS, HEAD, Block
from fiberwise.datasets.dialect import delimiter_of
from fiberwise.datasets.limits import sized
from fiberwise.datasets.source import Facts, Source

MEND = "mend it, or give the data in another format"
BOTH_WAYS = "mend the row, or set `on_bad_rows: set_aside` to go on without such rows"


class Delimited:
    """The rows of a text that are as wide as its header; the others are counted, where they may be left out."""

    def __init__(self, source: Source, texts: Iterator[str], facts: Facts, may_leave_out: bool) -> None:
        self._source, self._may_leave_out = source, may_leave_out
        self.left_out, self.first_left_out = 0, 0
        self._row_lines: list[str] = []
        first = next(texts, "")
        delimiter = facts.delimiter = delimiter_of(first, source.name)
        facts.format = "tsv" if delimiter == "\t" else "csv"
        csv.field_size_limit(source.limits.max_cell_bytes)  # one bound for the whole process
        self._reader = csv.reader(self._lines(chain((first,), texts)), delimiter=delimiter, strict=True)

    def blocks(self) -> Iterator[Block]:
        """The first has no rows. Raises BadInput for what is no table and for a row that may not be left out."""
        rows = self._rows()
        names = self._checked(next((row for row in rows if not self._is_blank(row)), list[str]()))
        yield Block(0, {name: () for name in names}, [])
        even = self._even(rows, len(names))
        while some := list(islice(even, max(1, CELLS // len(names)))):
            columns = dict(zip(names, zip(*some, strict=True), strict=True))
            yield Block(len(some), columns, [dict(zip(names, row, strict=True)) for row in some[:HEAD]])

    def _lines(self, texts: Iterator[str]) -> Iterator[str]:
        rest, limit = "", self._source.limits.max_row_bytes
        for text in chain(texts, ("",)):
            rest += text
            # A carriage return that stands last may be half of a line end.
            end = len(rest) if not text else rest.rfind("\n") + 1 or rest.rfind("\r", 0, len(rest) - 1) + 1
            for line in io.StringIO(rest[:end], newline=""):
                self._row_lines.append(line)
                yield line
            rest = rest[end:]
            if len(rest) + sum(map(len, self._row_lines)) > limit:
                raise self._source.refused(f"has a row longer than {sized(limit)}", "is it a table?")

    def _rows(self) -> Iterator[list[str]]:
        try:
            for cells in self._reader:
                yield cells
                self._row_lines.clear()
        except csv.Error as error:
            raise self._source.refused(f"is no CSV: {error}", MEND, self._reader.line_num) from error

    def _is_blank(self, cells: Sequence[str]) -> bool:
        return len(cells) < 2 and not any(map(str.strip, self._row_lines))

    def _checked(self, names: Sequence[str]) -> Sequence[str]:
        if not names:
            raise self._source.refused("has no columns", "a data set needs a header with at least one column")
        [(name, times)] = Counter(names).most_common(1)
        if times > 1:
            what = f"has duplicate column names: {times} columns are named {name!r}"
            raise self._source.refused(what, "give every column a name of its own")
        return names

    def _even(self, rows: Iterator[list[str]], width: int) -> Iterator[list[str]]:
        """An empty line is an empty value where there is one column and more rows follow, else it is nothing."""
        blanks = 0
        for cells in rows:
            if len(cells) == width:
                yield from ([""] for _ in range(blanks))
                blanks = 0
                yield cells
            elif self._is_blank(cells):
                blanks += width == 1
            else:
                self._leave_out(len(cells), width)

    def _leave_out(self, cells: int, width: int) -> None:
        line = self._reader.line_num
        if not self._may_leave_out:
            raise self._source.refused(f"has {cells} cells where the header has {width}", BOTH_WAYS, line)
        self.left_out += 1
        self.first_left_out = self.first_left_out or line
