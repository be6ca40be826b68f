"""The digest reads what `ingest` reads, tells what it cannot read, and needs the standard library alone."""

import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import zstandard

from activities.agents.data_processor.extraction import extract_profile
from activities.functions.digest_dataset import digest
from activities.functions.generate_test_data import make_dataset
from activities.functions.ingest_dataset import read_dataset
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.data_digest import Digest
from fiberwise.contracts.dataset import Figure, Generate
from fiberwise.contracts.errors import ArtifactMissing, BadInput
from fiberwise.contracts.profile import Extract, Study
from fiberwise.datasets.limits import Limits
from fiberwise.store.artifacts import ArtifactStore

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "examples"
ONE_PASS = {"std", "p25", "p50", "p75", "patterns", "mean"}
NUMBERS = {"a": 1, "b": 2.5, "c": True, "d": None, "e": {"x": ["é", None]}}

Of = Callable[..., Digest]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return str(tmp_path / "store")


@pytest.fixture
def of(url: str, tmp_path: Path) -> Of:
    """The digest of these bytes in a file of this name."""

    def of(data: bytes | str, name: str = "data.csv", **asked: object) -> Digest:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return digest(Request.model_validate({"data": str(path), **asked}), url, Limits())

    return of


def extracted(request: Request, url: str) -> Extract:
    return extract_profile(Study(dataset=read_dataset(request, url, Limits())), url)


def assert_agree(found: Extract | None, other: Extract) -> None:
    assert found is not None
    for ours, theirs in zip(found.columns, other.columns, strict=True):
        assert ours.model_dump(exclude=ONE_PASS) == theirs.model_dump(exclude=ONE_PASS)
        assert_near(ours.mean, theirs.mean)
    assert (found.rows, found.approximate) == (other.rows, [])


def assert_near(ours: Figure, theirs: Figure) -> None:
    assert ours == (pytest.approx(theirs, rel=1e-12) if isinstance(theirs, float) else theirs)


@pytest.mark.parametrize("name", ["penguins.csv", "penguins-raw.csv"])
def test_the_penguins_have_the_figures_that_extract_gives_them(url: str, name: str):
    request = Request(data=str(EXAMPLES / name))
    found = digest(request, url, Limits())
    assert_agree(found.extract, extracted(request, url))
    assert (found.dataset.rows, found.missing) == (344, [])


FILES: dict[str, str | bytes] = {
    "comma.csv": "a,b\n1,x\n2,y\n",
    "semicolon.csv": 'a;b\n1;"x;y"\n2;"say ""no"""\n',
    "tab.tsv": "a\tb\n1\tx\n2\ty\n",
    "pipe.txt": "a|b\n1|x\n2|y\n",
    "windows ends.csv": "a,b\r\n1,x\r\n2,y\r\n",
    "old ends.csv": "a,b\r1,x\r2,y\r",
    "no last end.csv": "a,b\n1,x\n2,y",
    "quoted lines.csv": 'a,b\n1,"x\ny\r\nz"\n2,w\n',
    "blank lines.csv": "\n  \na,b\n\n1,x\n   \n2,y\n\n",
    "one column.csv": "a\n\n1\n \n\n2\n\n\n",
    "only a header.csv": "a,b\n",
    "odd names.csv": "^a$,*,\n1,2,3\n",
    "marked.csv": "\ufeffa,b\n1,é\n",
    "latin.csv": "a,b\n1,café\n".encode("latin-1"),
    "utf-16.csv": "a,b\n1,é\n".encode("utf-16"),
    "packed.csv.gz": gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n"),
    "packed.csv.zst": zstandard.compress(b"a,b\n1,x\n2,y\n"),
    "array.json": json.dumps([NUMBERS, {"late": "1", "a": 7}, {}], indent=2),
    "lines.jsonl": f"{json.dumps(NUMBERS)}\n\n{json.dumps({'late': float('nan'), 'b': float('inf')})}\n",
}


@pytest.mark.parametrize("name", FILES)
def test_it_sees_the_rows_that_ingest_sees(of: Of, url: str, tmp_path: Path, name: str):
    found, request = of(FILES[name], name), Request(data=str(tmp_path / name))
    taken = read_dataset(request, url, Limits())
    assert_agree(found.extract, extracted(request, url))
    assert found.dataset.model_dump() == taken.model_dump(exclude={"table", "set_aside"})


def test_rows_over_many_blocks_are_all_read(of: Of, url: str, tmp_path: Path):
    lines = [f'{number},"a\nb{number % 7}",é{number % 3}' for number in range(300_000)]
    found = of("n,t,u\n" + "\n".join(lines))
    assert_agree(found.extract, extracted(Request(data=str(tmp_path / "data.csv")), url))
    objects = of(json.dumps([{"n": number, "t": "x" * 90} for number in range(50_000)]), "big.json")
    assert_agree(objects.extract, extracted(Request(data=str(tmp_path / "big.json")), url))


def test_null_tokens_are_those_of_the_request(of: Of):
    found = of("a\n-\nNA\n", null_tokens=[" - "])
    assert found.extract is not None
    assert [(column.count, column.nulls) for column in found.extract.columns] == [(1, 1)]


def test_the_first_rows_come_along_as_given_and_cut_to_size(of: Of):
    found = of("a,b\n" + f" x ,{'y' * 500}\n" * 9)
    assert found.sample == [{"a": " x ", "b": "y" * 80}] * 5
    [row] = of(",".join(f"c{n}" for n in range(150)) + "\n" + ",".join("1" * 150) + "\n").sample
    assert len(row) == 100


@pytest.mark.parametrize("shape", ["orders", "sensors", "tickets"])
def test_without_data_it_makes_the_same_data_again_that_generate_made(url: str, shape: str):
    spec = Generate.model_validate({"shape": shape, "rows": 300, "seed": 7})
    made, found = make_dataset(spec, url), digest(Request(generate=spec), url, Limits())
    assert found.dataset.model_dump(exclude={"source"}) == made.model_dump(
        exclude={"table", "set_aside", "source", "made"}
    )
    assert found.dataset.source == f"generated anew: {shape}, seed 7"
    assert_agree(found.extract, extract_profile(Study(dataset=made), url))


def test_data_in_the_store_is_read_where_it_lies(url: str):
    artifact = ArtifactStore(url).put_bytes(b"a,b\n1,2\n", "csv")
    found = digest(Request(data=artifact.uri, source="mine.csv"), url, Limits())
    assert (found.dataset.uri, found.dataset.source) == (artifact.uri, "mine.csv")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(("format", "told"), [("parquet", "Parquet"), ("xlsx", "a workbook")])
def test_of_a_format_that_only_the_table_engine_reads_it_tells_what_can_be_told(
    of: Of, tmp_path: Path, pack: Callable[[bytes], bytes], format: str, told: str
):
    path = tmp_path / f"made.{format}"
    frame = pl.DataFrame({"a": [1, 2]})
    frame.write_parquet(path) if format == "parquet" else frame.write_excel(path)
    data = pack(path.read_bytes())
    found = of(data, f"data.{format}")
    assert (found.dataset.format, found.dataset.bytes) == (format, len(data))
    assert found.dataset.sha256 == hashlib.sha256(data).hexdigest()
    assert (found.dataset.rows, found.extract, found.sample) == (None, None, [])
    assert found.missing == [
        f"rows, columns and figures are missing: without the table engine {told} cannot be read"
    ]


def test_where_zstandard_cannot_be_imported_it_says_so(of: Of, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    found = of(zstandard.compress(b"{}"), "data.jsonl.zst")
    assert (found.dataset.format, found.dataset.compression) == ("jsonl", "zstd")
    [told] = found.missing
    assert "`zstandard`" in told


def test_ragged_rows_may_be_left_out_and_are_then_counted(of: Of):
    found = of("a,b\n1,2\n3\n4,5,6\n7,8\n", on_bad_rows="set_aside")
    assert found.dataset.rows == 2
    assert found.missing == ["ragged rows are left out: 2, the first of them in line 3"]


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "ragged.csv": ("a,b\n1,2\n3\n", r"line 3 has 1 cells where the header has 2"),
    "twice.csv": ("a,b,a\n1,2,3\n", r"duplicate column names: 2 columns are named 'a'"),
    "blank.csv": ("\n \n", r"has no columns"),
    "unclosed.csv": ('a,b\n1,"2\n', r"is no CSV: unexpected end of data"),
    "empty.csv": ("", r"is empty"),
    "cut.json": ('[{"a": 1}, {"a":', r"is cut off or no JSON, from '\{\"a\":' on"),
    "open.json": ('[{"a": 1}', r"is cut off or no JSON"),
    "more.json": ('[{"a": 1}] x', r"is cut off or no JSON, from '\] x' on"),
    "numbers.json": ("[1, 2]", r"holds '1' where an object should be"),
    "nothing.json": ("[]", r"has no columns"),
    "key twice.jsonl": ('{"a": 1, "a": 2}\n', r"has a key twice"),
    "half.jsonl": ('{"a": "\\ud800"}\n', r"half of a surrogate pair"),
    "deep.jsonl": ('{"a":' + "[" * 100_000, r"is not JSON that can be read"),
    "document.pdf": (b"%PDF-1.4\0", r"is a PDF document"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_engine_could_read_is_bad_input(of: Of, name: str):
    data, told = REFUSED[name]
    with pytest.raises(BadInput, match=told):
        of(data, name)


def test_rows_and_objects_that_never_end_are_refused_before_they_fill_the_memory(url: str, tmp_path: Path):
    limits, path = Limits(max_cell_bytes=1000), tmp_path / "data"
    for text in (
        "a,b\n" + "1" * 9000,
        "a,b\n" + "1," * 9000,
        'a,b\n"' + "x\n" * 9000,
        '[{"a": "' + "x" * 9000,
    ):
        path.write_text(text)
        with pytest.raises(BadInput):
            digest(Request(data=str(path)), url, limits)


def test_data_that_is_not_there_is_refused_as_by_ingest(url: str):
    with pytest.raises(BadInput, match=r"there is no nowhere\.csv"):
        digest(Request(data="nowhere.csv"), url, Limits())
    artifact = ArtifactStore(url).put_bytes(b"a\n1\n", "csv")
    with pytest.raises(ArtifactMissing):
        digest(Request(data=artifact.uri.replace(artifact.sha256, "f" * 64)), url, Limits())


WITHOUT_ENGINE = """
import sys
for name in ("polars", "pyarrow", "numpy", "fastexcel", "pandas"):
    sys.modules[name] = None
from activities.functions.digest_dataset import digest
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.datasets.limits import Limits
for request in (Request(data="examples/penguins.csv"), Request()):
    print(digest(request, sys.argv[1], Limits()).dataset.rows)
"""


def test_it_works_where_no_table_engine_can_be_imported(url: str):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ENGINE, url], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["344", "1000"], done.stderr[-2000:]
