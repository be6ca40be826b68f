import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fiberwise.contracts.errors import BadInput
from fiberwise.datasets import delimited as module
from fiberwise.datasets.encoding import NOT_TEXT
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.reading import read_table
from fiberwise.datasets.source import Facts, How, Source

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters='\0"\r\n,;\t|'), min_size=1, max_size=8)


def tables(cells: st.SearchStrategy[str], least: int = 1) -> st.SearchStrategy[list[list[str]]]:
    """A header of distinct names, and rows below it as wide."""

    def below(names: list[str]) -> st.SearchStrategy[list[list[str]]]:
        rows = st.lists(st.lists(cells, min_size=len(names), max_size=len(names)), max_size=6)
        return rows.map(lambda rows: [names, *rows])

    names = st.lists(PLAIN, min_size=least, max_size=5, unique=True)
    # White space alone in the first line is no header.
    return names.filter(lambda names: "".join(names).strip() or len(names) > 1).flatmap(below)


def written(table: list[list[str]], quoting: int, delimiter: str, end: str) -> str:
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(table)
    return sink.getvalue()


def read_blocks(text: str, delimiter: str, size: int) -> list[list[str]]:
    """Reads a text that arrives in blocks of `size` characters, with the delimiter known."""
    source, facts = Source(Path("x.csv"), "x.csv", Limits()), Facts("csv")
    blocks = (text[at : at + size] for at in range(0, len(text), size))
    frames = list(module._Blocks(source, How(), facts, delimiter).frames(blocks))
    return [frames[0].columns, *(list(row) for frame in frames for row in frame.rows())]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@given(table=tables(TEXT), delimiter=st.sampled_from(",;\t|"))
@settings(max_examples=20, deadline=None)
def test_any_table_that_a_csv_writer_quotes_reads_back_exactly(
    table: list[list[str]], delimiter: str, end: str, size: int
) -> None:
    assert read_blocks(written(table, csv.QUOTE_ALL, delimiter, end), delimiter, size) == table


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
@given(table=tables(TEXT), delimiter=st.sampled_from(",;\t|"))
@settings(max_examples=30, deadline=None)
def test_any_table_that_a_csv_writer_quotes_where_needed_reads_back_exactly(
    table: list[list[str]], delimiter: str, size: int
) -> None:
    assert read_blocks(written(table, csv.QUOTE_MINIMAL, delimiter, "\r\n"), delimiter, size) == table


@given(table=tables(PLAIN | st.just(""), least=2), end=st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=80, deadline=None)
def test_polars_and_the_csv_module_agree_on_text_without_quotes(table: list[list[str]], end: str) -> None:
    text = written(table, csv.QUOTE_NONE, ",", end)
    facts = Facts("csv")
    blocks = module._Blocks(Source(Path("x"), "x", Limits()), How(), facts, ",")
    blocks.names = table[0]
    body = text[len(written(table[:1], csv.QUOTE_NONE, ",", end)) :]
    frame = blocks._plain(body)
    assert (frame is None) == (not body), "text without quotes should take the fast way"
    assert frame is None or [list(row) for row in frame.rows()] == table[1:]


@given(text=st.text(st.sampled_from('ab",;\n\r é'), max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_the_same_in_small_blocks_as_in_one(text: str) -> None:
    def outcome(size: int) -> object:
        try:
            return read_blocks(text, ",", size)
        except BadInput as error:
            return str(error), error.hint

    assert outcome(2) == outcome(1000)


@given(table=tables(TEXT, least=2))
@settings(max_examples=30, deadline=None)
def test_a_table_reads_back_from_a_file_with_its_delimiter_found(table: list[list[str]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_text(written(table, csv.QUOTE_ALL, ",", "\n"), encoding="utf-8", newline="")
        read = read_table(Source(path, "x.csv", Limits()))
    assert read.facts.delimiter == ","
    assert [read.frame.columns, *map(list, read.frame.rows())] == table


@pytest.mark.parametrize(("mark", "kind"), [(",", "csv"), (";", "csv"), ("|", "csv"), ("\t", "tsv")])
def test_the_delimiter_is_found_although_others_occur_in_cells(read, mark: str, kind: str) -> None:
    text = "name,note;size|more\tx".replace(mark, " ").replace("name", f"name{mark}")
    table = read(f"a{mark}b\n1,5;x{mark}2\n" if mark not in ",;" else f"a{mark}b\n1|5{mark}2\n{text}\n")
    assert (table.facts.delimiter, table.facts.format, table.frame.width) == (mark, kind, 2)


def test_decimal_commas_do_not_hide_a_semicolon(read) -> None:
    assert read("a;b\n1,5;2,5\n3,5;4,5\n").frame.rows() == [("1,5", "2,5"), ("3,5", "4,5")]


def test_cells_keep_their_spaces_and_lines_of_any_kind_end_them(read) -> None:
    assert read(" a ,b\r\n x , y\r\n").frame.to_dict(as_series=False) == {" a ": [" x "], "b": [" y"]}
    assert read("a,b\r1,2\r3,4").frame.rows() == [("1", "2"), ("3", "4")]


def test_a_blank_line_is_no_row_among_several_columns_but_a_value_of_one(read) -> None:
    assert read("\na,b\n1,2\n\n3,4\n\n\n").frame.rows() == [("1", "2"), ("3", "4")]
    assert read("a\n1\n\n3\n\n\n").frame["a"].to_list() == ["1", "", "3"]
    assert read('a\n1\n""\n').frame["a"].to_list() == ["1", ""]


@given(
    table=tables(TEXT, least=2),
    blanks=st.lists(st.text(st.sampled_from(" \t\xa0"), max_size=3), min_size=2, max_size=4),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    size=st.sampled_from([1, 3, 1000]),
)
def test_a_line_of_white_space_is_a_blank_line_among_several_columns(
    table: list[list[str]], blanks: list[str], quoting: int, size: int
) -> None:
    rows = [written([row], quoting, ",", "\r\n") for row in table]
    between = "".join(blank + "\r\n" for blank in blanks)
    assert read_blocks(between + between.join(rows) + between, ",", size) == table


def test_lines_of_white_space_do_not_hide_the_delimiter(read) -> None:
    assert read(" \n \n \na;b\n \n1;2\n").frame.to_dict(as_series=False) == {"a": ["1"], "b": ["2"]}


def test_white_space_is_a_value_where_it_is_quoted_parted_or_all_that_a_column_may_hold(read) -> None:
    for line in ('" "', "\t"):
        with pytest.raises(BadInput, match=r"line 2 has [12] cells? where the header has 3"):
            read(f"a\tb\tc\n{line}\n1\t2\t3\n")
    assert read("a\n1\n  \n3\n").frame["a"].to_list() == ["1", "  ", "3"]
    assert read("a\tb\n\t\n").frame.rows() == [("", "")]


def test_a_header_alone_is_a_table_without_rows(read) -> None:
    for text in ("a,b", "a,b\n", '"a","b"\r\n\r\n'):
        frame = read(text).frame
        assert (frame.shape, frame.columns) == ((0, 2), ["a", "b"])


def test_a_comment_sign_and_a_leading_bracket_are_but_text(read) -> None:
    assert read("#a,[b]\n#1,{2}\n").frame.rows() == [("#1", "{2}")]


def test_column_names_that_look_like_patterns_stay_names(read) -> None:
    assert read("^a$,*,\n1,2,3\n").frame.columns == ["^a$", "*", ""]


@pytest.mark.parametrize("quoted", ["x", '"x"'])
@pytest.mark.parametrize(("row", "cells"), [("1", "1 cell"), ("1,2,3", "3 cells")])
def test_a_ragged_row_is_refused_with_its_line_and_the_other_way(
    read, quoted: str, row: str, cells: str
) -> None:
    with pytest.raises(BadInput, match=f"data.csv: line 4 has {cells} where the header has 2") as caught:
        read(f"a,b\n\n{quoted},y\n{row}\n5,6\n")
    assert "on_bad_rows: set_aside" in caught.value.hint
    assert caught.value.where == "data.csv, line 4"


def test_rows_that_together_have_the_right_number_of_cells_are_still_ragged(read) -> None:
    with pytest.raises(BadInput, match="line 2 has 1 cell "):
        read("a,b\n1\n1,2,3\n")


def test_ragged_rows_are_set_aside_as_given_with_their_lines(read) -> None:
    table = read('a,b\r\n1,2\r\n3\r\n"4\r\n4",5\r\n6,"7\n",8\r\n9,10', on_bad_rows="set_aside")
    assert table.frame.rows() == [("1", "2"), ("4\r\n4", "5"), ("9", "10")]
    assert table.facts.bad_rows == [(3, "3"), (6, '6,"7\n",8')]


@pytest.mark.parametrize(
    ("text", "line"),
    [('a,b\n1,"x\n2,y\n', 2), ('a,b\n1,2\n"x\ny",z"z\n"4\n4","5\n\n', 6), ('a,b\n"', 2), ('"a,b\n', 1)],
)
def test_an_unclosed_quote_is_refused_with_the_line_where_it_opens(read, text: str, line: int) -> None:
    with pytest.raises(BadInput, match=f"line {line} opens a quote that is never closed"):
        read(text)


def test_a_quote_that_closes_within_a_cell_is_refused_with_its_line(read) -> None:
    with pytest.raises(BadInput, match="line 3 has text after a closing quote"):
        read('a,b\n1,2\n3,"x\n4,"y"\n')


@pytest.mark.parametrize("cell", ["x" * 11, '"' + "x" * 11 + '"', "é" * 6])
def test_a_cell_past_the_limit_is_refused(read, cell: str) -> None:
    limits = Limits(max_cell_bytes=10)
    assert read(f"a,b\n1,{'x' * 10}\n", limits=limits).frame.height == 1
    with pytest.raises(BadInput, match=r"a cell .*past the limit of 10 bytes") as caught:
        read(f"a,b\n1,{cell}\n", limits=limits)
    assert "FIBERWISE_MAX_CELL_BYTES" in caught.value.hint


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    source = Source(Path("x"), "x.csv", Limits(max_cell_bytes=100))
    taken = []

    def endless(piece: str):
        while len(taken) < 1000:
            taken.append(1)
            yield piece

    for piece, what in (("1,", "line 1 is longer than 800 bytes"), ("x", "line 1 has a cell past the limit")):
        taken.clear()
        with pytest.raises(BadInput, match=what):
            list(module.delimited(source, endless(piece * 50), How(), Facts("csv")))
        assert len(taken) < 30, "reading went on after the limit"


def test_wide_and_long_tables_are_read_whole(read) -> None:
    wide = ",".join(f"c{n}" for n in range(10_000))
    assert read(f"{wide}\n{wide}\n").frame.shape == (1, 10_000)
    cell = "x" * 5_000_000
    assert read(f'a,b\n1,{cell}\n2,"{cell}"\n').frame["b"].to_list() == [cell, cell]
    long = "".join(f"{n},{n % 7},some text here\n" for n in range(300_000))
    frame = read(f"n,m,t\n{long}").frame
    assert frame["n"].cast(int).to_list() == list(range(300_000))


def test_control_characters_other_than_nul_are_allowed_in_utf8(read) -> None:
    assert NOT_TEXT.search("\x01")
    assert read("a,b\n\x01,2\n").frame.rows() == [("\x01", "2")]
