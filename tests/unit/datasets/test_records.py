import csv
import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fiberwise.datasets.records import Records, line_ends

SCRIBBLE = st.text(st.sampled_from('a,"\n\r'), max_size=30)


def parted(records: Records, text: str, least: int) -> list[str]:
    held, parts, at = bytearray(text.encode()), list[str](), 0
    while end := records.end_after(held, at, least, last=True):
        parts.append(held[at:end].decode())
        at = end
    return [*parts, held[at:].decode()]


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@given(text=SCRIBBLE, least=st.integers(0, 8))
@settings(max_examples=500, deadline=None)
def test_parts_read_each_by_itself_are_the_rows_of_the_whole(text: str, least: int) -> None:
    try:
        whole = rows(text)
    except csv.Error:
        return  # no table: it is refused by whichever part holds the bad row
    parts = parted(Records.delimited(","), text, least)
    assert "".join(parts) == text
    assert [row for part in parts for row in rows(part)] == whole


@given(text=SCRIBBLE, least=st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_no_part_but_the_last_ends_with_an_empty_line_or_within_a_line_end(text: str, least: int) -> None:
    for records in (Records.delimited(","), Records.lines()):
        for part, following in pairwise(parted(records, text, least)):
            end = 2 if part.endswith("\r\n") else 1
            assert part[-end - 1 : -end] not in ("", "\n", "\r")
            assert not (part.endswith("\r") and following.startswith("\n"))


@pytest.mark.parametrize("text", ['a,"b\nc', 'a,"b""\nc', "a,b", "a,b\r"])
def test_a_record_that_goes_on_in_the_next_block_does_not_end_yet(text: str) -> None:
    assert Records.delimited(",").end_after(bytearray(text.encode()), 0, 1, last=False) is None


def test_a_quote_within_a_cell_opens_nothing() -> None:
    text = 'size,note\n5" pipe,a\n6" pipe,b\n'
    assert parted(Records.delimited(","), text, 1) == [*text.splitlines(keepends=True), ""]


def test_a_line_end_counts_once_in_whichever_way_it_is_written() -> None:
    assert line_ends(b"a\nb\r\nc\rd") == 3
