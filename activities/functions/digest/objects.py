"""JSON by the json module: an array of objects, or objects that follow one another. Columns are all their keys."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from activities.functions.digest.block import HEAD, Block, Row
from fiberwise.datasets.limits import sized
from fiberwise.datasets.source import Facts, Source

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

ROWS = 10_000
HINT = "give an array of objects, or one object on each line"


class Objects:
    """The rows of a text of objects. A key that a row lacks is null."""

    def __init__(self, source: Source, texts: Iterator[str], facts: Facts) -> None:
        self._source, self._texts = source, texts
        array = facts.format == "json"
        self._between = re.compile(r"[\s,\[]*" if array else r"\s*")
        self._end = "]" if array else ""

    def blocks(self) -> Iterator[Block]:
        """Raises BadInput for what is not JSON, not of objects, or ends too early."""
        objects, named = self._objects(), False
        while some := list(islice(objects, ROWS)):
            rows = [{name: _text(value) for name, value in each.items()} for each in some]
            named = named or any(rows)
            yield Block(len(rows), self._columns(rows), rows[:HEAD])
        if not named:
            raise self._source.refused("has no columns", HINT)

    def _columns(self, rows: Sequence[Row]) -> dict[str, list[str]]:
        columns: dict[str, list[str]] = {}
        for row in rows:
            for name, text in row.items():
                cells = columns.setdefault(name, [])
                if text is not None:
                    cells.append(text)
        try:
            for name, cells in columns.items():
                "".join((name, *cells)).encode()
        except UnicodeEncodeError as error:
            what = "is wrongly encoded: a text holds half of a surrogate pair"
            raise self._source.refused(what, "write such characters whole") from error
        return columns

    def _objects(self) -> Iterator[dict[str, Json]]:
        text, at = "", 0
        for more in self._texts:
            text, at = text[at:] + more, 0
            while (at := self._skip(text, at)) < len(text) and text[at] != self._end:
                decoded = self._decoded(text, at)
                if decoded is None:
                    break
                value, at = decoded
                yield value
        if text[at:].strip() != self._end:
            raise self._source.refused(f"is cut off or no JSON, from {text[at : at + 40]!r} on", HINT)

    def _skip(self, text: str, at: int) -> int:
        between = self._between.match(text, at)
        return between.end() if between else at

    def _decoded(self, text: str, at: int) -> tuple[dict[str, Json], int] | None:
        """The object at a place and where it ends; None where it may go on in the next block."""
        limit = self._source.limits.max_row_bytes
        try:
            found: tuple[Json, int] = DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            if len(text) - at <= limit:
                return None
            what = f"is not JSON ({error.msg}), or has an object longer than {sized(limit)}"
            raise self._source.refused(what, HINT) from error
        except (ValueError, RecursionError) as error:
            raise self._source.refused(f"is not JSON that can be read: {error}", HINT) from error
        value, end = found
        if not isinstance(value, dict):
            raise self._source.refused(f"holds {str(value)[:40]!r} where an object should be", HINT)
        return value, end


def _text(value: Json) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _once(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("an object has a key twice, of which one value would be lost")
    return row


def _constant(name: str) -> float | None:
    return None if name == "NaN" else float(name)


DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_constant)
