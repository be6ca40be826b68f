"""JSON: an array of objects, or one object a line. Columns are all keys, as they first appear."""

import json
import re
from collections.abc import Iterator, Sequence
from io import IncrementalNewlineDecoder

import polars as pl

from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.canonical import Json, json_column
from fiberwise.datasets.columns import checked_names, no_search_for_cycles
from fiberwise.datasets.limits import sized
from fiberwise.datasets.source import Facts, Source

Row = dict[str, Json]
SPACE = re.compile(r"[ \t\r\n]*")
CELLS = 4_000_000
ONE_OF = "give an array of objects, or one object on each line"
ON_ONE_LINE = f"{ONE_OF} (`jq -c . FILE` makes such lines)"


def json_rows(source: Source, texts: Iterator[str], facts: Facts) -> Iterator[pl.DataFrame]:
    """Frames of text columns, of which later ones may have more. A missing key is null.

    Raises BadInput for what is not JSON, not objects, or ends too early, naming the line.
    """
    names: dict[str, None] = {}
    texts = _with_plain_ends(texts)
    parts = _Elements(source).parts(texts) if facts.format == "json" else _lines(source, texts)
    for rows in parts:
        yield from _frames(source, rows, names)
    checked_names(source, list(names))


def json_lines(source: Source, texts: Iterator[str], line: int) -> Iterator[pl.DataFrame]:
    """The same of whole lines out of a text, the first of which is `line`; they may hold no key at all."""
    names: dict[str, None] = {}
    for rows in _lines(source, _with_plain_ends(texts), line):
        yield from _frames(source, rows, names)
        if rows and not names:
            yield pl.DataFrame(height=len(rows))


def _frames(source: Source, rows: list[Row], names: dict[str, None]) -> Iterator[pl.DataFrame]:
    """Adds the names that are new to `names`."""
    for row in rows:
        names.update(dict.fromkeys(row))
    # Many rows that share few keys would make a frame far larger than their text.
    size = max(1, CELLS // max(1, len(names)))
    for start in range(0, len(rows), size):
        yield _frame(source, rows[start : start + size], names)


def _frame(source: Source, rows: list[Row], names: dict[str, None]) -> pl.DataFrame:
    try:
        return pl.DataFrame({name: json_column([row.get(name) for row in rows]) for name in names})
    except UnicodeEncodeError as error:
        what = f"is wrongly encoded: a text holds half of a surrogate pair ({error.object[error.start]!a})"
        raise source.refused(what, "write such characters whole") from error


def _with_plain_ends(texts: Iterator[str]) -> Iterator[str]:
    """Every line end as a line feed, also one that arrives in two parts: within a text JSON has none as it stands."""
    ends = IncrementalNewlineDecoder(None, translate=True)
    for text in texts:
        yield ends.decode(text)
    yield ends.decode("", final=True)


def _lines(source: Source, texts: Iterator[str], first: int = 1) -> Iterator[list[Row]]:
    """The objects of one block of lines after another; `first` is the number of the first line."""
    rest, read = "", first - 1
    for text in texts:
        *lines, rest = (rest + text).split("\n")
        if len(rest) > source.limits.max_row_bytes:
            raise _too_long(source, read + len(lines) + 1)
        with no_search_for_cycles():
            rows = [_decoded(source, line, at) for at, line in enumerate(lines, read + 1) if line.strip()]
        read += len(lines)
        yield rows
    yield [_decoded(source, rest, read + 1, last=True)] if rest.strip() else []


def _decoded(source: Source, line: str, number: int, last: bool = False) -> Row:
    try:
        value: Json = DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        if not last and _is_cut_off(error, line):
            what = "is not JSON Lines: the object that begins here does not end in this line"
            raise source.refused(what, ON_ONE_LINE, number) from error
        raise _bad(source, error, line, number) from error
    if not isinstance(value, dict):
        raise _no_object(source, value, number)
    return value


class _Elements:
    """The elements of one array, decoded as they arrive; `line` is where the text in hand starts."""

    def __init__(self, source: Source) -> None:
        self.source, self.text, self.at, self.line = source, "", 0, 1
        self.closed = False
        self.wanted = "["

    def parts(self, texts: Iterator[str]) -> Iterator[list[Row]]:
        for text in texts:
            self.line += self.text.count("\n", 0, self.at)
            self.text, self.at = self.text[self.at :] + text, 0
            with no_search_for_cycles():
                rows = list(self._whole(last=False))
            yield rows
            if len(self.text) - self.at > self.source.limits.max_row_bytes:
                list(self._whole(last=True))  # tells what is wrong, if it is not just long
                raise _too_long(self.source, self._line())
        yield list(self._whole(last=True))
        if not self.closed:
            raise self.source.refused(
                "is truncated: the array is not closed", "is the file complete?", self._line()
            )

    def _whole(self, last: bool) -> Iterator[Row]:
        """All objects that end within the text in hand."""
        while self._skip():
            mark = self.text[self.at]
            if self.wanted == "value" and mark != "]" and not self.closed:
                try:
                    value, end = DECODER.raw_decode(self.text, self.at)
                except (ValueError, RecursionError) as error:
                    if not last and not isinstance(error, RecursionError | RepeatedKey):
                        return
                    raise _bad(self.source, error, self.text, self.line) from error
                if not isinstance(value, dict):
                    raise _no_object(self.source, value, self._line())
                yield value
                self.at, self.wanted = end, ","
            else:
                self._punctuation(mark)

    def _punctuation(self, mark: str) -> None:
        if self.closed or mark not in (self.wanted, "]") or (mark == "]" and self.wanted == "["):
            expected = "the end" if self.closed else repr(self.wanted)
            what = f"is not JSON: found {mark!r} where {expected} should be"
            raise self.source.refused(what, ONE_OF, self._line())
        self.closed = mark == "]"
        self.wanted = "value"
        self.at += 1

    def _skip(self) -> bool:
        """Goes over white space; whether anything is left."""
        space = SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.at < len(self.text)

    def _line(self) -> int:
        return self.line + self.text.count("\n", 0, self.at)


class RepeatedKey(ValueError):
    """An object that has a key twice: one value would be lost."""


def _no_key_twice(pairs: Sequence[tuple[str, Json]]) -> Row:
    row = dict(pairs)
    if len(row) != len(pairs):
        keys = [key for key, _ in pairs]
        raise RepeatedKey(next(key for key in keys if keys.count(key) > 1))
    return row


def _constant(name: str) -> float | None:
    return None if name == "NaN" else float(name)


DECODER = json.JSONDecoder(object_pairs_hook=_no_key_twice, parse_constant=_constant)


def _no_object(source: Source, value: Json, line: int) -> BadInput:
    return source.refused(f"is not an object but {str(value)[:40]!r}", ONE_OF, line)


def _bad(source: Source, error: Exception, text: str, line: int) -> BadInput:
    if isinstance(error, RecursionError):
        return source.refused("is nested too deeply", "flatten it", line)
    if isinstance(error, RepeatedKey):
        return source.refused(
            f"has an object with the key {str(error)!r} twice (duplicate column names)", ONE_OF, line
        )
    if not isinstance(error, json.JSONDecodeError):
        return source.refused(f"is not JSON that can be read: {error}", ONE_OF, line)
    at = line + error.lineno - 1
    if _is_cut_off(error, text):
        return source.refused("is truncated: it ends within a value", "is the file complete?", at)
    return source.refused(f"is not JSON: {error.msg}, at character {error.colno}", ONE_OF, at)


def _is_cut_off(error: Exception, text: str) -> bool:
    """Whether a text is no JSON because it ends too early."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    end = len(text.rstrip())
    # The decoder points at the end, or at the mark before it that wants more.
    wants_more = error.pos == end - 1 and text[error.pos] not in "}]"
    return error.pos >= end or wants_more or error.msg.startswith("Unterminated")


def _too_long(source: Source, line: int) -> BadInput:
    return source.refused(f"is longer than {sized(source.limits.max_row_bytes)}", ONE_OF, line)
