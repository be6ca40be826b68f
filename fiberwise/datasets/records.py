"""Where the records of a text end, found by the regular expression engine alone: no step per line or cell."""

import re
from dataclasses import dataclass
from typing import Self

END = rb"(?:\r\n?|\n)"
QUOTE = ord('"')
CARRIAGE_RETURN = ord("\r")


@dataclass(frozen=True)
class Records:
    """`skim` goes over all that is outside of quotes or closed in them; `end` from there past the next record.

    A record ends with its line end, and never with an empty line: in a table of one column such lines are values
    only if something follows, and so they stay with what follows.
    """

    skim: re.Pattern[bytes]
    end: re.Pattern[bytes]

    @classmethod
    def delimited(cls, delimiter: str) -> Self:
        """Of CSV: a quote opens only where a cell begins, elsewhere it is a character as any other."""
        before = b"[%b\r\n]" % re.escape(delimiter.encode())
        quoted = rb'(?:(?<=%b)|\A)"(?:[^"]++|"")*+"' % before
        lone = rb'(?<!%b)(?<!\A)"' % before
        skim = rb'(?:[^"]++|%b|%b)*+' % (quoted, lone)
        end = rb'[\r\n]*+(?:[^"\r\n]++|%b|%b)++%b' % (quoted, lone, END)
        return cls(re.compile(skim), re.compile(end))

    @classmethod
    def lines(cls) -> Self:
        return cls(re.compile(b"[^\0]*+"), re.compile(rb"[\r\n]*+[^\r\n]++" + END))

    def end_after(self, text: bytearray, start: int, least: int, last: bool) -> int | None:
        """Where a record ends, at least `least` bytes after `start`, at which one begins; None if none does yet.

        `last`: nothing follows the text, so that a carriage return at its end is no half of a line end.
        """
        if start + least > len(text):
            return None
        found = self.end.match(text, self.outside(text, start, start + least))
        if found is None or (not last and found.end() == len(text) and text[-1] == CARRIAGE_RETURN):
            return None
        return found.end()

    def outside(self, text: bytearray, start: int, stop: int) -> int:
        """`stop` or shortly before it, if no quote is open there; else where that quote opens."""
        while stop > start and text[stop - 1] == QUOTE:
            stop -= 1  # the second half of a doubled quote may stand behind it
        found = self.skim.match(text, start, stop)
        return found.end() if found else start


def line_ends(text: bytes | bytearray, start: int = 0, end: int | None = None) -> int:
    """How many lines end in a part of a text, in whichever way."""
    feeds, returns, both = (text.count(mark, start, end) for mark in (b"\n", b"\r", b"\r\n"))
    return feeds + returns - both
