"""Chunks of any size, laid out in any order, come to the same as the whole read at once."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import polars as pl
import pytest
import zstandard
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Chunks, Dataset
from fiberwise.contracts.errors import ArtifactCorrupt, ArtifactMissing, BadInput
from fiberwise.contracts.stream import Missing, RawChunk, TableChunk
from fiberwise.datasets import text_chunks
from fiberwise.datasets.assembling import assemble_dataset, chunk_cells
from fiberwise.datasets.chunk_layout import lay_out_chunk
from fiberwise.datasets.chunks import cut, read_chunk, read_chunks
from fiberwise.datasets.layout import lay_out
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.source import How, OnBadRows, Source
from fiberwise.store.artifacts import ArtifactStore

SIZES = st.sampled_from([1, 2, 7, 30, 100, 1 << 20])


class Room:
    """A store, and one data set in it, read at once and in chunks."""

    def __init__(
        self,
        folder: Path,
        data: bytes,
        name: str = "data.csv",
        on_bad_rows: OnBadRows = "refuse",
        limits: Limits = Limits(),
    ) -> None:
        self.url, self.name, self.limits = str(folder / "store"), name, limits
        self.store = ArtifactStore(self.url)
        suffix = name.partition(".")[2]
        self.artifact = self.store.put_bytes(data, suffix.split(".")[0], suffix)
        self.request = Request(data=self.artifact.uri, source=name, on_bad_rows=on_bad_rows)

    def source(self, path: Path) -> Source:
        return Source(path, self.name, self.limits)

    def cut(self, size: int) -> Chunks:
        with self.store.fetched(self.artifact) as path:
            return cut(self.source(path), self.artifact, self.store, size)

    def lay_out(self, chunks: Chunks, number: int):
        return lay_out_chunk(self.request, chunks, number, self.url, self.limits)

    def streamed(self, size: int, seed: int = 0) -> Dataset:
        chunks = self.cut(size)
        numbers = list(range(chunks.count))
        Random(seed).shuffle(numbers)
        parts = [self.lay_out(chunks, number) for number in numbers]
        return assemble_dataset(self.request, chunks, parts, [], self.url)

    def whole(self) -> Dataset:
        with self.store.fetched(self.artifact) as path:
            how = How(self.request.on_bad_rows)
            return lay_out(self.source(path), self.artifact, self.store, how)

    def table(self, dataset: Dataset) -> pl.DataFrame:
        if dataset.chunks is None:
            with self.store.fetched(dataset.whole) as path:
                return pl.read_parquet(path)
        chunks = [one for one in read_chunks(self.store, dataset.chunks) if isinstance(one, TableChunk)]
        assert [one.number for one in chunks] == list(range(dataset.chunks.count))
        assert [one.first_row for one in chunks] == [
            sum(one.rows for one in chunks[:number]) for number in range(len(chunks))
        ]
        return pl.concat(chunk_cells(self.store, dataset.chunks, one) for one in chunks)

    def ragged(self, dataset: Dataset) -> bytes:
        uri = dataset.set_aside.uri
        return self.store.read_bytes(self.store.known(uri)) if uri else b""


def same(room: Room, size: int, seed: int = 0) -> None:
    streamed, whole = room.streamed(size, seed), room.whole()
    assert room.table(streamed).equals(room.table(whole)), (room.table(streamed), room.table(whole))
    assert room.ragged(streamed) == room.ragged(whole)
    as_chunks = {"chunks": streamed.chunks, "table": None, "source": room.name}
    assert streamed == whole.model_copy(update=as_chunks)


def in_room(check: Callable[[Path], None]) -> None:
    """Hypothesis runs one test many times: each needs a folder of its own."""
    with TemporaryDirectory() as folder:
        check(Path(folder))


NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=4)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
QUOTED = st.text(st.sampled_from('aé,;\t"\n\r '), max_size=6)
PACKED = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}
ENCODED = ["utf-8", "utf-8-sig", "utf-16", "latin-1"]


@st.composite
def tables(draw: st.DrawFn, cells: st.SearchStrategy[str]) -> list[list[str]]:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    row = st.lists(cells, min_size=len(names), max_size=len(names))
    return [names, *draw(st.lists(row, max_size=8))]


@given(
    table=tables(CELLS | QUOTED),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(ENCODED),
    packed=st.sampled_from(list(PACKED)),
    size=SIZES,
    seed=st.integers(0, 9),
)
@settings(max_examples=150, deadline=None)
def test_delimited_text_comes_to_the_same(
    table: list[list[str]], delimiter: str, end: str, encoding: str, packed: str, size: int, seed: int
) -> None:
    sink = io.StringIO(newline="")
    csv.writer(sink, delimiter=delimiter, lineterminator=end).writerows(table)
    try:
        data = PACKED[packed](sink.getvalue().encode(encoding))
    except UnicodeEncodeError:
        return

    def check(folder: Path) -> None:
        room = Room(folder, data, f"data.{'tsv' if delimiter == chr(9) else 'csv'}{packed}")
        try:
            room.whole()
        except BadInput:
            with pytest.raises(BadInput):
                room.streamed(size, seed)
        else:
            same(room, size, seed)

    in_room(check)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@given(
    rows=st.lists(st.dictionaries(st.sampled_from("abcd"), JSON, max_size=3), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\n\n", "\r"]),
    packed=st.sampled_from(list(PACKED)),
    size=SIZES,
    seed=st.integers(0, 9),
)
@settings(max_examples=100, deadline=None)
def test_json_lines_come_to_the_same_also_where_columns_come_late(
    rows: list[dict[str, object]], end: str, packed: str, size: int, seed: int
) -> None:
    assume(rows[0])  # the reading of the whole may lose rows without a key that stand above all others
    data = PACKED[packed]("".join(json.dumps(row) + end for row in rows).encode())
    in_room(lambda folder: same(Room(folder, data, f"data.jsonl{packed}"), size, seed))


def test_a_line_of_no_keys_is_a_row_of_nulls_also_in_a_chunk_of_its_own(tmp_path: Path) -> None:
    same(Room(tmp_path, b'{}\n{"a": 1}\n{}\n', "data.jsonl"), 1)


@given(
    numbers=st.lists(st.none() | st.integers(-9, 9), max_size=20),
    size=SIZES,
    packed=st.sampled_from(["", ".gz"]),
)
@settings(max_examples=30, deadline=None)
def test_parquet_comes_to_the_same(numbers: list[int | None], size: int, packed: str) -> None:
    frame = pl.DataFrame({"n": pl.Series(numbers, dtype=pl.Int64)}).with_columns(
        half=pl.col("n") / 2, day=pl.lit("2024-01-01").str.to_date(), several=pl.concat_list("n", "n")
    )
    sink = io.BytesIO()
    frame.write_parquet(sink, row_group_size=3)
    in_room(lambda folder: same(Room(folder, PACKED[packed](sink.getvalue()), f"data.parquet{packed}"), size))


@pytest.mark.parametrize("on_bad_rows", ["refuse", "set_aside"])
@pytest.mark.parametrize("size", [1, 8, 100])
def test_ragged_rows_are_refused_or_set_aside_by_the_line_of_the_source(
    tmp_path: Path, on_bad_rows: OnBadRows, size: int
) -> None:
    room = Room(tmp_path, b'a,b\n1,2\n"x\ny",2\n3\n4,5\n6,7,8\n', on_bad_rows=on_bad_rows)
    if on_bad_rows == "set_aside":
        same(room, size)
        assert [json.loads(line)["line"] for line in room.ragged(room.streamed(size)).splitlines()] == [5, 7]
    else:
        chunks = room.cut(size)
        with pytest.raises(BadInput, match="line 5 has 1 cell where the header has 2"):
            [room.lay_out(chunks, number) for number in range(chunks.count)]


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize(
    "text",
    ["\n\na\n\n1\n\n\n2\n\n\n", "a\n1\n", "a,b\n", "a,b", "a,b\n1,2", " \na,b\n \n1,2\n \n", "a\n \n1\n"],
)
def test_empty_lines_a_lone_header_and_a_single_row_are_read_as_in_the_whole(
    tmp_path: Path, text: str, size: int
) -> None:
    same(Room(tmp_path, text.encode()), size)


def test_plain_utf8_is_not_copied_and_all_else_is_written_once(tmp_path: Path) -> None:
    text = "a,b\né,1\n" + "x,2\n" * 9

    def files(data: bytes, name: str) -> set[str]:
        room = Room(tmp_path / name, data, name)
        chunks = [one for one in read_chunks(room.store, room.cut(8)) if isinstance(one, RawChunk)]
        assert (
            b"".join(room.store.read_range(one.uri, one.offset, one.bytes, one.sha256) for one in chunks)
            == text.encode()
        )
        return {one.uri for one in chunks} - {room.artifact.uri}

    assert not files(text.encode(), "plain.csv")
    assert not files(text.encode("utf-8-sig"), "marked.csv")
    assert len(files(text.encode("latin-1"), "latin.csv")) == 1
    assert len(files(gzip.compress(text.encode()), "packed.csv.gz")) == 1


def test_an_encoding_that_shows_late_still_gives_a_whole_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("a,b\n" + "x,1\n" * 50 + "é,2\n" + "x,3\n" * 50).encode("latin-1")
    pieces = lambda source, compression: (data[at : at + 16] for at in range(0, len(data), 16))  # noqa: E731
    monkeypatch.setattr(text_chunks, "unpacked", pieces)
    room = Room(tmp_path, data)
    streamed = room.streamed(40)
    assert room.table(streamed).equals(room.table(room.whole()))
    assert streamed.encoding == "latin-1"


def test_a_gzip_cut_off_in_the_middle_is_refused(tmp_path: Path) -> None:
    data = gzip.compress(b"".join(b"%d,%d\n" % (n, n * n) for n in range(50_000)))
    with pytest.raises(BadInput, match=r"data\.csv\.gz: is truncated: it ends within its gzip data"):
        Room(tmp_path, data[: len(data) // 2], "data.csv.gz").cut(1000)


def test_a_file_that_is_replaced_while_it_is_cut_is_refused(tmp_path: Path) -> None:
    room = Room(tmp_path, b"a,b\n1,2\n")
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n3,4\n")
    with pytest.raises(ArtifactCorrupt, match="was changed while it was read"):
        cut(room.source(path), room.artifact, room.store)


def test_bytes_of_a_chunk_that_are_not_those_that_were_cut_are_refused(tmp_path: Path) -> None:
    room = Room(tmp_path, b"a,b\n1,2\n3,4\n")
    chunks = room.cut(1)
    Path(room.artifact.uri.removeprefix("file://")).write_bytes(b"a,b\n1,2\n3,5\n")
    assert room.lay_out(chunks, 1).rows == 1
    with pytest.raises(ArtifactCorrupt, match="bytes 8 to 12"):
        room.lay_out(chunks, 2)


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b'[{"a": 1}]', "data.json", "JSON array, which does not stream"),
        (b"PK\x03\x04 no workbook", "data.xlsx", "workbook, which does not stream"),
        (b"\n\n", "data.jsonl", "has no columns"),
        (b"a,a\n1,2\n", "data.csv", "duplicate column names"),
    ],
)
def test_what_cannot_be_cut_is_refused_at_once(tmp_path: Path, data: bytes, name: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        Room(tmp_path, data, name).cut(1)


def test_a_record_that_never_ends_does_not_fill_the_memory(tmp_path: Path) -> None:
    small = Limits(max_cell_bytes=100)
    with pytest.raises(BadInput, match="line 3 opens a quote that is not closed within 800 bytes"):
        Room(tmp_path, b'a,b\n1,2\n1,"' + b"x,\n" * 999, limits=small).cut(1)
    with pytest.raises(BadInput, match="line 2 is longer than 800 bytes"):
        Room(tmp_path, b"a,b\n" + b"x," * 999, limits=small).cut(1)


def test_a_cell_past_the_limit_is_refused_by_its_chunk_alone(tmp_path: Path) -> None:
    room = Room(tmp_path, b"a,b\n1,2\n" + b"x" * 200 + b",2\n3,4\n", limits=Limits(max_cell_bytes=100))
    chunks = room.cut(1)
    assert [room.lay_out(chunks, number).rows for number in (0, 1, 3)] == [0, 1, 1]
    with pytest.raises(BadInput, match="column 'a', row 1 has a cell of 200 bytes"):
        room.lay_out(chunks, 2)


def test_a_quote_that_is_never_closed_costs_the_last_chunk_alone(tmp_path: Path) -> None:
    room = Room(tmp_path, b'a,b\n1,2\n3,"4\n5,6\n')
    chunks = room.cut(1)
    assert chunks.count == 3
    with pytest.raises(BadInput, match="line 3 opens a quote that is never closed"):
        room.lay_out(chunks, 2)


def test_what_could_not_be_laid_out_is_left_out(tmp_path: Path) -> None:
    room = Room(tmp_path, b"a,b\n1,2\n3,4\n5,6\n")
    chunks = room.cut(1)
    parts = [room.lay_out(chunks, number) for number in (3, 1, 0)]
    lost = Missing(number=2, reason="broken")
    dataset = assemble_dataset(room.request, chunks, parts, [lost], room.url)
    assert room.table(dataset).rows() == [("1", "2"), ("5", "6")]
    with pytest.raises(BadInput, match="none of its 4 chunks could be read: broken"):
        assemble_dataset(room.request, chunks, [], [lost], room.url)


def test_a_slice_with_other_columns_is_refused_by_name(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2], "b": [3, 4]})
    sink = io.BytesIO()
    frame.write_parquet(sink)
    room = Room(tmp_path, sink.getvalue(), "data.parquet")
    chunks = room.cut(1).model_copy(update={"names": ("a", "c")})
    with pytest.raises(BadInput, match="chunk 1 has other columns"):
        room.lay_out(chunks, 0)


def test_a_chunk_that_is_not_in_the_list_is_missing(tmp_path: Path) -> None:
    room = Room(tmp_path, b"a,b\n1,2\n")
    with pytest.raises(ArtifactMissing, match="there is no chunk 9 of 1"):
        read_chunk(room.store, room.cut(100), 9)


def test_ranges_are_read_from_any_file_system() -> None:
    store = ArtifactStore("memory://ranges")
    artifact = store.put_bytes(b"0123456789", "txt")
    sha256 = hashlib.sha256(b"3456").hexdigest()
    assert store.read_range(artifact.uri, 3, 4, sha256) == b"3456"
    with pytest.raises(ArtifactCorrupt, match="bytes 4 to 8"):
        store.read_range(artifact.uri, 4, 4, sha256)
    with pytest.raises(ArtifactMissing):
        store.read_range("memory://elsewhere/x.txt", 3, 4, sha256)
    with pytest.raises(ArtifactMissing):
        store.read_range(artifact.uri.replace(artifact.sha256, "f" * 64), 3, 4, sha256)
