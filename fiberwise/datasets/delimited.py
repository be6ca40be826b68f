"""CSV and TSV. Python's csv module decides what a row is.

Where a block has no quote character polars reads it, which is many times faster and comes to the same;
whatever is unusual about a block sends it to the csv module. The check before a start and the reading after
it are this one code.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import polars as pl

from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.columns import checked_names, no_search_for_cycles, text_frame
from fiberwise.datasets.dialect import delimiter_of
from fiberwise.datasets.limits import sized
from fiberwise.datasets.source import BadRow, Facts, How, Source

LINE_END = re.compile("\r\n?")
BLANK_LINES = re.compile("\n{2,}")
CLOSED_QUOTE = re.compile('"(?:[^"]|"")*+"')
UNFINISHED = "unexpected end of data"
TOO_LARGE = "field larger than field limit"
BOTH_WAYS = "mend the row, or set `on_bad_rows: set_aside` to go on without such rows"


def delimited(source: Source, texts: Iterator[str], how: How, facts: Facts) -> Iterator[pl.DataFrame]:
    """Frames of text columns, in order; the first, of no rows, comes before all.

    A line of nothing but white space is skipped above the header, and where there are several columns. Where there
    is one column, white space is a value as given, and an empty line an empty value, save those at the end.
    Raises BadInput for what is no table and, unless they are set aside, for ragged rows.
    """
    blocks, texts = _begun(source, texts, how, facts)
    return blocks.frames(texts)


def column_names(source: Source, texts: Iterator[str], facts: Facts) -> list[str]:
    """What the header says; reads no further than it must. Raises BadInput for what is no header."""
    blocks, texts = _begun(source, texts, How(), facts)
    return blocks.header(texts)


def delimited_part(
    source: Source, texts: Iterator[str], how: How, facts: Facts, names: Sequence[str], line: int
) -> Iterator[pl.DataFrame]:
    """The same as `delimited` of whole records out of a text, that begin on `line`, by its known delimiter.

    Without `names` they begin with the header.
    """
    blocks = _Blocks(source, how, facts, facts.delimiter or ",")
    blocks.names, blocks.line = list(names), line
    return blocks.frames(texts)


def _begun(source: Source, texts: Iterator[str], how: How, facts: Facts) -> tuple["_Blocks", Iterator[str]]:
    first = next(texts, "")
    facts.delimiter = delimiter_of(first, source.name)
    facts.format = "tsv" if facts.delimiter == "\t" else "csv"
    return _Blocks(source, how, facts, facts.delimiter), chain((first,), texts)


@dataclass
class _Parsed:
    """What the csv module made of some lines: rows, how many lines were read after each, and why it stopped."""

    lines: list[str]
    rows: list[list[str]] = field(default_factory=list[list[str]])
    ends: list[int] = field(default_factory=lambda: [0])
    broken: BadInput | None = None

    def text(self, row: int) -> str:
        return "".join(self.lines[self.ends[row] : self.ends[row + 1]])

    @property
    def header(self) -> list[str]:
        """The first row that is not blank; without cells where there is none yet."""
        return next((cells for row, cells in enumerate(self.rows) if not self.is_blank(row)), list[str]())

    def is_blank(self, row: int) -> bool:
        return len(self.rows[row]) < 2 and not self.text(row).strip()

    @property
    def unread(self) -> str:
        return "".join(self.lines[self.ends[-1] :])


class _Blocks:
    """Reads block after block; `line` is the number of the first line not read yet."""

    def __init__(self, source: Source, how: How, facts: Facts, delimiter: str) -> None:
        self.source, self.how, self.facts, self.delimiter = source, how, facts, delimiter
        self.names: list[str] = []
        self.line = 1
        self.blanks = 0

    def frames(self, texts: Iterator[str]) -> Iterator[pl.DataFrame]:
        rest = ""
        for text in texts:
            rest += text
            cut = _last_line_end(rest)
            frames, unread = self._read(rest[:cut], last=False)
            yield from frames
            rest = unread + rest[cut:]
            self._check_unread(rest)
        yield from self._read(rest, last=True)[0]

    def header(self, texts: Iterator[str]) -> list[str]:
        rest = ""
        for text in texts:
            rest += text
            cut = _last_line_end(rest)
            rest = self._read_header(rest[:cut], last=False) + rest[cut:]
            if self.names:
                return self.names
            self._check_unread(rest)
        self._read_header(rest, last=True)
        return self.names

    def _read(self, body: str, last: bool) -> tuple[list[pl.DataFrame], str]:
        """The frames of some whole lines, and the text of a last row that goes on in the next block."""
        if self.names:
            return self._read_rows(body, last)
        unread = self._read_header(body, last)
        if not self.names:
            return [], unread
        frames, unread = self._read_rows(unread, last)
        return [text_frame([], self.names), *frames], unread

    def _read_header(self, body: str, last: bool) -> str:
        """Sets the names once they are there, and returns the text that is not read yet."""
        csv.field_size_limit(self.source.limits.max_cell_bytes)
        top = self._parsed(body, last, header_only=True)
        if top.broken is not None:
            raise top.broken
        if top.header or last:
            self.names = checked_names(self.source, top.header, self.line - 1)
        return top.unread

    def _read_rows(self, body: str, last: bool) -> tuple[list[pl.DataFrame], str]:
        if not body:
            return [], ""
        # The csv module has one bound for the whole process, so it is set again before each use.
        csv.field_size_limit(self.source.limits.max_cell_bytes)
        frame = self._plain(body)
        if frame is not None:
            return [frame], ""
        rows = self._all_even(body)
        if rows is not None:
            return [text_frame(rows, self.names)], ""
        line, parsed = self.line, self._parsed(body, last)
        return [text_frame(self._even(parsed, line), self.names)], parsed.unread

    def _plain(self, body: str) -> pl.DataFrame | None:
        """The block as polars reads it, if nothing in it is quoted and every line has its number of cells."""
        width = len(self.names)
        if width == 1 or '"' in body:
            return None
        text = LINE_END.sub("\n", body) if "\r" in body else body
        end = self.line + text.count("\n")
        text = (BLANK_LINES.sub("\n", text) if "\n\n" in text else text).strip("\n")
        # Polars refuses a row that is too long; if the marks add up, none can be too short either.
        if not text or text.count(self.delimiter) != (text.count("\n") + 1) * (width - 1):
            return None
        frame = _by_polars(text, self.delimiter, self.names)
        self.line = self.line if frame is None else end
        return frame

    def _all_even(self, body: str) -> list[list[str]] | None:
        """The block by the csv module, if every row is whole and as wide as the header."""
        if self.blanks:
            return None
        lines = list(io.StringIO(body, newline=""))
        try:
            with no_search_for_cycles():
                rows = list(csv.reader(lines, delimiter=self.delimiter, strict=True))
        except csv.Error:
            return None
        if set(map(len, rows)) != {len(self.names)}:
            return None
        self.line += len(lines)
        return rows

    def _parsed(self, body: str, last: bool, header_only: bool = False) -> _Parsed:
        """The whole rows of a block (or only those up to the first that is not blank) by the csv module."""
        parsed = _Parsed(list(io.StringIO(body, newline="")))
        reader = csv.reader(parsed.lines, delimiter=self.delimiter, strict=True)
        try:
            for row, cells in enumerate(reader):
                parsed.rows.append(cells)
                parsed.ends.append(reader.line_num)
                if header_only and not parsed.is_blank(row):
                    break
        except csv.Error as error:
            if last or not str(error).startswith(UNFINISHED):
                parsed.broken = self._misquoted(str(error), parsed)
        self.line += parsed.ends[-1]
        return parsed

    def _even(self, parsed: _Parsed, line: int) -> list[list[str]]:
        """The rows as wide as the header; others are refused, or set aside as given."""
        width, even = len(self.names), list[list[str]]()
        for number, cells in enumerate(parsed.rows):
            if len(cells) == width:
                even += [[""]] * self.blanks
                self.blanks = 0
                even.append(cells)
            elif parsed.is_blank(number):
                self.blanks += width == 1
            else:
                self._ragged(line + parsed.ends[number], len(cells), parsed.text(number))
        if parsed.broken is not None:
            raise parsed.broken
        return even

    def _ragged(self, line: int, cells: int, text: str) -> None:
        if self.how.on_bad_rows == "refuse":
            what = f"has {_cells(cells)} where the header has {len(self.names)}"
            raise self.source.refused(what, BOTH_WAYS, line)
        self.facts.bad_rows.append(BadRow(line, text.rstrip("\r\n")))

    def _misquoted(self, reason: str, parsed: _Parsed) -> BadInput:
        unread, line = parsed.unread, self.line + parsed.ends[-1]
        if reason.startswith(UNFINISHED):
            line += _opening(unread, self.delimiter)
            return self.source.refused(
                "opens a quote that is never closed", 'close it, or double a lone " in a cell', line
            )
        if reason.startswith(TOO_LARGE):
            return self._too_large(line)
        what = "has text after a closing quote (or the quote opened too early)"
        return self.source.refused(what, 'double each " inside a quoted cell', line)

    def _too_large(self, line: int) -> BadInput:
        what = f"has a cell past the limit of {sized(self.source.limits.max_cell_bytes)}"
        hint = "is a closing quote missing? else raise FIBERWISE_MAX_CELL_BYTES"
        return self.source.refused(what, hint, line)

    def _check_unread(self, rest: str) -> None:
        """A row that does not end must not fill the memory."""
        limits = self.source.limits
        if '"' not in rest and len(rest) - rest.rfind(self.delimiter) > limits.max_cell_bytes + 1:
            raise self._too_large(self.line)
        if len(rest) > limits.max_row_bytes:
            raise self.source.refused(
                f"is longer than {sized(limits.max_row_bytes)}", "is it a table?", self.line
            )


def _by_polars(text: str, delimiter: str, names: list[str]) -> pl.DataFrame | None:
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            has_header=False,
            separator=delimiter,
            quote_char=None,
            schema={str(place): pl.String for place in range(len(names))},
            empty_string_is_null=False,
        )
    except (pl.exceptions.SchemaError, pl.exceptions.ComputeError):
        return None  # the csv module says which line it is
    frame.columns = names
    return frame


def _last_line_end(text: str) -> int:
    """Where the last whole line ends; a carriage return that stands last may be half of a line end."""
    return text.rfind("\n") + 1 or text.rfind("\r", 0, len(text) - 1) + 1


def _opening(text: str, delimiter: str) -> int:
    """How many lines below the row's first the quote opens that is not closed."""
    at = 0
    while closed := CLOSED_QUOTE.match(text, at) if text.startswith('"', at) else True:
        at = (text.find(delimiter, at) if closed is True else closed.end()) + 1
    return len(list(io.StringIO(text[: at + 1], newline=""))) - 1


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
