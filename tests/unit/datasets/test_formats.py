import datetime as dt
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.json_rows import json_rows
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.recognise import recognise
from fiberwise.datasets.source import Facts, Source

NAMES = ["id", "name", "when", "x"]
ROWS = [["1", "Zoë, née Ørsted", "2020-01-02", "1.5"], ["2", 'says "ça va"', "1999-12-31", "-0.25"]]
ENCODINGS = {
    "utf-8": ("utf-8", b""),
    "utf-8-sig": ("utf-8", b"\xef\xbb\xbf"),
    "utf-16-le": ("utf-16-le", b"\xff\xfe"),
    "utf-16-be": ("utf-16-be", b"\xfe\xff"),
    "utf-16-le bare": ("utf-16-le", b""),
    "utf-16-be bare": ("utf-16-be", b""),
    "latin-1": ("latin-1", b""),
}
COMPRESSIONS: dict[str | None, Callable[[bytes], bytes]] = {
    None: bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def delimited(mark: str) -> str:
    quoted = (mark.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [NAMES, *ROWS])
    return "\r\n".join(quoted) + "\r\n"


def objects() -> list[dict[str, object]]:
    return [{"id": int(i), "name": name, "when": when, "x": float(x)} for i, name, when, x in ROWS]


TEXTS = {
    "csv": delimited(","),
    "csv;": delimited(";"),
    "tsv": delimited("\t"),
    "json": json.dumps(objects(), ensure_ascii=False, indent=1),
    "jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in objects()),
}


def parquet() -> bytes:
    frame = pl.DataFrame(objects()).with_columns(pl.col("when").str.to_date())
    sink = io.BytesIO()
    frame.write_parquet(sink)
    return sink.getvalue()


def xlsx(rows: list[list[object]], sheets: int = 1) -> bytes:
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    for number in range(sheets):
        sheet = book.add_worksheet(f"sheet {number + 1}")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    book.close()
    return sink.getvalue()


def workbook() -> bytes:
    typed = [[int(i), name, dt.date.fromisoformat(when), float(x)] for i, name, when, x in ROWS]
    return xlsx([NAMES, *typed])


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", TEXTS)
def test_every_text_format_encoding_and_compression_reads_to_the_same_frame(
    read, form: str, encoding: str, compression: str | None
) -> None:
    codec, mark = ENCODINGS[encoding]
    table = read(COMPRESSIONS[compression](mark + TEXTS[form].encode(codec)), "data")
    assert (table.frame.columns, list(map(list, table.frame.rows()))) == (NAMES, ROWS)
    assert set(table.frame.dtypes) == {pl.String}
    facts = table.facts
    assert (facts.format, facts.encoding) == (form.rstrip(";"), encoding.removesuffix(" bare"))
    assert facts.compression == compression


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_every_binary_format_and_compression_reads_to_the_same_frame(
    read, form: str, compression: str | None
) -> None:
    data = parquet() if form == "parquet" else workbook()
    table = read(COMPRESSIONS[compression](data), "data")
    assert (table.frame.columns, list(map(list, table.frame.rows()))) == (NAMES, ROWS)
    assert (table.facts.format, table.facts.compression, table.facts.encoding) == (form, compression, None)


def test_compressed_parts_that_follow_one_another_are_read_as_one(read) -> None:
    for pack in (gzip.compress, zstandard.ZstdCompressor().compress):
        assert read(pack(b"a,b\n1,") + pack(b"2\n3,4\n")).frame.rows() == [("1", "2"), ("3", "4")]
    assert read(gzip.compress(b"a,b\n1,2\n") + b"\0" * 512).frame.height == 1


def test_content_counts_more_than_the_name(read) -> None:
    assert read(gzip.compress(b"a,b\n1,2\n"), "plain.parquet").facts.format == "csv"
    assert read('{"a": 1}\n{"a": 2}\n', "data.csv").facts.format == "jsonl"
    assert read("a\tb\n1\t2\n", "data.csv").facts.format == "tsv"


def test_the_name_decides_where_content_does_not(read) -> None:
    assert read("a\tb,c\n1\t2,3\n", "data.tsv.gz").facts.delimiter == "\t"
    assert read("a\tb,c\n1\t2,3\n", "data.csv").facts.delimiter == ","


def test_windows_1252_is_read_where_latin_1_has_only_control_characters(read) -> None:
    table = read("a,b\n€ 5,“x”\n".encode("cp1252"))
    assert (table.facts.encoding, table.frame.rows()) == ("windows-1252", [("€ 5", "“x”")])


def test_plain_ascii_long_before_the_first_accent_is_read_in_the_encoding_of_that(read) -> None:
    rows = "".join(f"{n},plain\n" for n in range(600_000))
    for codec in ("utf-8", "latin-1"):
        table = read(f"a,b\n{rows}1,é\n".encode(codec))
        assert (table.facts.encoding, table.frame["b"][-1]) == (codec, "é")


def test_json_columns_are_all_keys_as_they_first_appear_and_missing_ones_null(read) -> None:
    table = read('[{"b": 1}, {"a": null, "b": ""}, {"c": [1, {"d": "é"}], "a": true}]', "x.json")
    assert table.frame.columns == ["b", "a", "c"]
    assert table.frame.rows() == [("1", None, None), ("", None, None), (None, "true", '[1,{"d":"é"}]')]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_json_end_as_those_of_any_system_do(read, end: str) -> None:
    lines = ['{"a": 1}', "", '{"a": 2}', " ", '{"a": 3}']
    assert read(end.join(lines)).frame["a"].to_list() == ["1", "2", "3"]
    with pytest.raises(BadInput, match="line 6 is not an object"):
        read(end.join([*lines, "[4]"]))


@given(ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=3, max_size=3), size=st.integers(1, 9))
def test_a_line_end_that_arrives_in_two_parts_is_one(ends: list[str], size: int) -> None:
    text = "".join(line + end for line, end in zip(('{"a":1}', '{"a":2}', "[3]"), ends, strict=True))
    blocks = (text[at : at + size] for at in range(0, len(text), size))
    with pytest.raises(BadInput, match="line 3 is not an object"):
        list(json_rows(Source(Path("x"), "x", Limits()), blocks, Facts("jsonl")))


def test_a_key_that_appears_after_millions_of_bytes_is_a_column(read) -> None:
    lines = "".join(f'{{"n": {n}, "text": "{"x" * 80}"}}\n' for n in range(60_000))
    for text, name in (
        (lines + '{"z": 1}', "x.jsonl"),
        (f'[{",".join(lines.splitlines())}, {{"z":1}}]', "x.json"),
    ):
        frame = read(text, name).frame
        assert (frame.columns, frame.height, frame["z"].null_count()) == (["n", "text", "z"], 60_001, 60_000)
        assert frame["n"].to_list()[:-1] == list(map(str, range(60_000)))


def test_numbers_of_json_are_kept_to_the_last_digit(read) -> None:
    big = "123456789012345678901234567890"
    table = read(f'{{"a": {big}, "b": 1e-7, "c": 1e400, "d": NaN, "e": -Infinity, "f": 2.50, "g": 1e16}}\n')
    assert table.frame.row(0) == (big, "1e-7", "inf", None, "-inf", "2.5", "1e+16")


def test_typed_values_of_parquet_have_one_canonical_text(read) -> None:
    berlin = dt.timezone(dt.timedelta(hours=1))
    columns = {
        "int": pl.Series([2**63 - 1, None], dtype=pl.Int64),
        "float": [0.1 + 0.2, float("nan")],
        "far": [float("inf"), float("-inf")],
        "single": pl.Series([0.1, 1 / 3], dtype=pl.Float32),
        "yes": [True, False],
        "day": [dt.date(1, 1, 1), dt.date(9999, 12, 31)],
        "moment": [dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 5)],
        "nano": pl.Series([0, 1], dtype=pl.Int64).cast(pl.Datetime("ns")),
        "zoned": pl.Series([dt.datetime(2020, 1, 1, tzinfo=berlin)] * 2).dt.convert_time_zone(
            "Europe/Berlin"
        ),
        "clock": [dt.time(1, 2, 3), dt.time(1, 2, 3, 500_000)],
        "kind": pl.Series(["a", None], dtype=pl.Categorical),
        "nothing": pl.Series([None, None], dtype=pl.Null),
        "list": [[1, 2], None],
        "object": [{"a": dt.date(2020, 1, 1), "b": None}, {"a": None, "b": "é"}],
        "bytes": [b"ab", None],
        "decimal": pl.Series(["1.50", None]).str.to_decimal(scale=2),
    }
    sink = io.BytesIO()
    pl.DataFrame(columns).write_parquet(sink)
    frame = read(sink.getvalue(), "x.parquet").frame
    assert frame.to_dict(as_series=False) == {
        "int": ["9223372036854775807", None],
        "float": ["0.30000000000000004", None],
        "far": ["inf", "-inf"],
        "single": ["0.1", "0.33333334"],
        "yes": ["true", "false"],
        "day": ["0001-01-01", "9999-12-31"],
        "moment": ["0001-01-01T00:00:00", "9999-12-31T23:59:59.000005"],
        "nano": ["1970-01-01T00:00:00", "1970-01-01T00:00:00.000000001"],
        "zoned": ["2020-01-01T00:00:00+01:00"] * 2,
        "clock": ["01:02:03", "01:02:03.500000"],
        "kind": ["a", None],
        "nothing": [None, None],
        "list": ["[1,2]", None],
        "object": ['{"a":"2020-01-01","b":null}', '{"a":null,"b":"é"}'],
        "bytes": ["ab", None],
        "decimal": ["1.50", None],
    }


def test_a_parquet_file_without_rows_keeps_its_columns(read) -> None:
    sink = io.BytesIO()
    pl.DataFrame({"a": [1], "b": [2.0]}).clear().write_parquet(sink)
    assert read(sink.getvalue()).frame.schema == {"a": pl.String, "b": pl.String}


def test_workbook_cells_are_canonical_and_gaps_null(read) -> None:
    noon = dt.datetime(2020, 1, 2, 12)
    rows = [
        ["n", "x", "ok", "at", "mix"],
        [1, 1.5, True, noon, "t"],
        [2, None, False, noon, 5],
        [None, 3, None, None, 2.5],
    ]
    frame = read(xlsx(rows), "x.xlsx").frame
    assert frame.rows() == [
        ("1", "1.5", "true", "2020-01-02T12:00:00", "t"),
        ("2", None, "false", "2020-01-02T12:00:00", "5"),
        (None, "3", None, None, "2.5"),
    ]


def test_a_sheet_is_chosen_by_name_and_the_first_is_the_default(read) -> None:
    book = xlsx([["a"], ["x"]], sheets=2)
    assert read(book).frame.rows() == read(book, sheet="sheet 2").frame.rows() == [("x",)]


def test_recognising_a_csv_imports_no_workbook_reader() -> None:
    assert "fastexcel" not in recognise.__globals__
