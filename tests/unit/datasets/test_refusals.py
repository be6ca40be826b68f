"""Every kind of bad input: what, where and what to do, in one or two lines; and what looks bad but is computed."""

import gzip
import io
import json
import random
import tracemalloc
import zipfile
from dataclasses import replace

import polars as pl
import pytest
import zstandard

from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.compression import unpacked
from fiberwise.datasets.limits import MIB, Limits, sized
from fiberwise.datasets.source import Source

CSV = "".join(f"{n},some text\n" for n in range(2000)).encode()
GZIP = gzip.compress(b"a,b\n" + CSV)
ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress(b"a,b\n" + CSV)


def parquet() -> bytes:
    sink = io.BytesIO()
    pl.DataFrame({"a": range(100), "b": ["text"] * 100}).write_parquet(sink)
    return sink.getvalue()


def archive(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return sink.getvalue()


def damaged(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


REFUSED = {
    "empty": (b"", "data.csv: is empty (0 bytes)"),
    "nothing in gzip": (gzip.compress(b""), "is empty once decompressed"),
    "only a mark": (b"\xef\xbb\xbf", "has no columns"),
    "only blank lines": (b"\n\r\n\n", "has no columns"),
    "only white space": (b"  \n\t \n ", "has no columns"),
    "binary": (random.Random(1).randbytes(5000), "is binary data"),
    "NUL bytes": (b"a,b\n1,\0\0\n", "is binary data"),
    "an image": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "is binary data"),
    "an archive": (archive(readme=b"hello"), "is binary data: a zip archive that is no workbook"),
    "xz": (b"\xfd7zXZ\0\0\4", "is not read: it is compressed with xz"),
    "an old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "is an Excel file of the old kind (.xls)",
    ),
    "compressed twice": (gzip.compress(GZIP), "is compressed twice"),
    "gzip cut off": (GZIP[:-100], "is truncated: it ends within its gzip data"),
    "gzip without its end": (GZIP[:-4], "is truncated: it ends within its gzip data"),
    "gzip damaged": (damaged(GZIP, len(GZIP) // 2), "is broken gzip"),
    "gzip followed by rubbish": (GZIP + b"rubbish", "is broken gzip"),
    "zstd cut off": (ZSTD[:-100], "is truncated: it ends within its zstd data"),
    "zstd damaged": (damaged(ZSTD, len(ZSTD) // 2), "is broken zstd"),
    "parquet cut off": (parquet()[:-100], "is truncated: its Parquet footer is missing"),
    "parquet damaged": (damaged(parquet(), len(parquet()) - 40), "is broken Parquet"),
    "workbook cut off": (archive(xl__workbook_xml=b"<a/>" * 999)[:-50], "is truncated or broken"),
    "workbook without sheets": (archive(xl__workbook_xml=b"no xml"), "is a broken workbook"),
    "UTF-8 with a wrong byte": ("a,b\né,ü\n".encode() + b"\xff,x\n", "line 3 is wrongly encoded: byte 0xff"),
    "UTF-8 stated, not kept": (b"\xef\xbb\xbfa,b\n\xe9,x\n", "line 2 is wrongly encoded: byte 0xe9"),
    "UTF-8 cut within a letter": ("a,b\né,ü\nx,ß".encode()[:-1], "line 3 ends within a character of UTF-8"),
    "UTF-16 cut within a letter": (
        b"\xff\xfe" + "a,b\n".encode("utf-16-le")[:-1],
        "ends within a character of UTF-16",
    ),
    "UTF-16 with half a pair": (b"\xff\xfe" + b"a\0,\0\x00\xd8\n\0", "is wrongly encoded"),
    "a name twice": (b"a,b,a\n1,2,3\n", "line 1 duplicate column names: columns 1 and 3 are both named 'a'"),
    "no name twice": (b"a,,\n1,2,3\n", "line 1 columns 2 and 3 have no name"),
    "a key twice": (b'{"a":1}\n{"a":1,"a":2}\n', "line 2 has an object with the key 'a' twice"),
    "objects without keys": (b"[{}, {}]", "has no columns"),
    "no objects": (b"[]", "has no columns"),
    "a list of numbers": (b"[{}, 1]", "line 1 is not an object but '1'"),
    "a bad line of JSON": (b'{"a":1}\n{"a":2]\n{"a":3}\n', "line 2 is not JSON: Expecting ',' delimiter"),
    "a line that is no object": (b'{"a":1}\n\n[2]\n', "line 3 is not an object"),
    "JSON Lines cut off": (b'{"a":1}\n{"a":"tex', "line 2 is truncated: it ends within a value"),
    "JSON Lines cut off after a bracket": (
        b'{"a":1}\n{"a":{}',
        "line 2 is truncated: it ends within a value",
    ),
    "an object over several lines": (
        json.dumps({"a": 1, "b": [1, 2]}, indent=2).encode(),
        "line 1 is not JSON Lines: the object that begins here does not end in this line",
    ),
    "an object over several lines that closes a bracket first": (
        b'{"a":1}\n{"a":{},"b":{}\n}\n',
        "line 2 is not JSON Lines: the object that begins here does not end in this line",
    ),
    "an object over several lines that is cut off": (
        b'{\n "a":',
        "line 1 is not JSON Lines: the object that begins",
    ),
    "JSON cut off between values": (b'[{"a":1},\n{"a":2},', "line 2 is truncated: the array is not closed"),
    "JSON cut off within one": (b'[{"a":1},\n{"a":', "line 2 is truncated: it ends within a value"),
    "JSON that goes on": (b'[{"a":1}]\n[{"a":2}]', "line 2 is not JSON: found '[' where the end should be"),
    "JSON without a comma": (b'[{"a":1}\n{"a":2}]', "line 2 is not JSON: found '{' where ',' should be"),
    "JSON nested too deeply": (b'{"a":' + b"[" * 100_000, "line 1 is nested too deeply"),
    "half a surrogate pair": (
        b'{"a":"\\ud800"}',
        "is wrongly encoded: a text holds half of a surrogate pair",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_bad_input_is_refused_in_one_line_with_a_hint(read, kind: str) -> None:
    data, message = REFUSED[kind]
    with pytest.raises(BadInput) as caught:
        read(data)
    error = caught.value
    assert message in str(error)
    assert str(error).startswith("data.csv: ")
    assert error.where.startswith("data.csv")
    assert error.hint
    assert "\n" not in str(error) + error.hint


@pytest.mark.parametrize("name", ["x.json", "x.jsonl"])
def test_an_object_over_several_lines_is_told_both_ways_out(read, name: str) -> None:
    with pytest.raises(BadInput, match="the object that begins here") as caught:
        read('{\n "a": 1\n}\n', name)
    assert "an array of objects" in caught.value.hint
    assert "one object on each line" in caught.value.hint


def test_a_name_that_promises_json_is_held_to_it(read) -> None:
    for name, data in (("x.json", "a,b\n1,2\n"), ("x.jsonl", "a,b\n1,2\n"), ("x.json", '"text"')):
        with pytest.raises(BadInput, match="line 1 is not JSON"):
            read(data, name)


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(read) -> None:
    sink = io.BytesIO()
    pl.DataFrame({"a": [1]}).write_excel(sink, worksheet="one")
    with pytest.raises(BadInput, match="has no sheet 'two'") as caught:
        read(sink.getvalue(), sheet="two")
    assert caught.value.hint == "its sheets are: one"


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_decompression_bomb_is_stopped_while_it_is_small(tmp_path, pack) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(pack(b"a,b\n" + b"1,2\n" * (64 * MIB)))
    blocks = unpacked(Source(path, "bomb", Limits()), "gzip" if pack is gzip.compress else "zstd")
    sizes: list[int] = []
    tracemalloc.start()
    with pytest.raises(BadInput, match="is a decompression bomb: it grows more than 200 times"):
        sizes.extend(map(len, blocks))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 60 * MIB <= sum(sizes) <= max(64 * MIB, 200 * path.stat().st_size)
    assert peak < 48 * MIB


def test_a_workbook_that_is_a_bomb_is_stopped(read) -> None:
    bomb = archive(xl__workbook_xml=b"<a/>", xl__bomb=b"0" * (80 * MIB))
    with pytest.raises(BadInput, match="is a decompression bomb"):
        read(bomb)


def test_more_than_the_limit_when_decompressed_is_refused(read) -> None:
    limits = Limits(max_unpacked_bytes=1000)
    sink = io.BytesIO()
    pl.DataFrame({"a": ["x" * 50] * 5000}).write_parquet(sink)
    for data in (GZIP, ZSTD, sink.getvalue()):
        with pytest.raises(BadInput, match="holds more than 1000 bytes when decompressed"):
            read(data, limits=limits)


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.parquet"])
def test_a_cell_past_the_limit_is_refused_in_typed_formats_with_its_place(read, name: str) -> None:
    frame = pl.DataFrame({"a": ["x", "y"], "b": ["z", "é" * 6]})
    sink = io.BytesIO()
    {"x.json": frame.write_json, "x.jsonl": frame.write_ndjson, "x.parquet": frame.write_parquet}[name](sink)
    with pytest.raises(
        BadInput, match="column 'b', row 2 has a cell of 12 bytes, past the limit of 11 bytes"
    ):
        read(sink.getvalue(), name, Limits(max_cell_bytes=11))


def test_json_that_never_ends_a_row_does_not_fill_the_memory(read) -> None:
    limits = Limits(max_cell_bytes=1000)
    for data in (b'[{"a":"' + b"x" * 20_000, b'{"a":"' + b"x" * 20_000 + b'"}', b'[{"a":1}' + b" " * 20_000):
        with pytest.raises(BadInput):
            read(data, limits=limits)


def test_extremes_are_computed(read) -> None:
    assert read("a\n1\n").frame.shape == (1, 1)
    text = "n,when\nNaN,0001-01-01\ninf,9999-12-31\n123456789012345678901234567890,\n"
    assert read(text).frame["n"].to_list() == ["NaN", "inf", "123456789012345678901234567890"]
    wide = "{" + ",".join(f'"c{n}":{n}' for n in range(10_000)) + "}"
    assert read(f"[{wide},{wide}]").frame.shape == (2, 10_000)
    cell = "x" * 5_000_000
    assert read(f'{{"a": "{cell}"}}').frame["a"].to_list() == [cell]


def test_sizes_are_told_in_the_largest_unit_that_fits() -> None:
    assert [sized(n) for n in (12, 1024, 8 * MIB, 1536 * MIB)] == ["12 bytes", "1 KiB", "8 MiB", "1.5 GiB"]


def test_the_limits_are_those_of_the_settings() -> None:
    from fiberwise.runtime.settings import Settings

    assert Limits.of(Settings(memory_budget=7)) == replace(Limits(), memory_bytes=7)
