import csv
import hashlib
import sys
from array import array
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from activities.functions import generate_test_data as module
from activities.functions.generate_test_data import make_dataset, write_csv
from activities.functions.test_data.draws import SPREAD, drawing, peaked
from activities.functions.test_data.shapes import SHAPES
from fiberwise.contracts.dataset import Dataset, Defects, Generate
from fiberwise.store.artifacts import ArtifactStore

NONE = Defects(gaps=0, duplicates=0, outliers=0, mixed=0, spaces=0)
MANY = Defects(gaps=0.1, duplicates=0.05, outliers=0.01, mixed=0.03, spaces=0.1)

# If one of these must change, a request of yesterday no longer makes yesterday's data: say so in the docs.
GOLDEN = {
    "orders": "b2344347b1042f2c064469fd6ac0efb80115c92db102b1d52351f0d3d7f9eedc",
    "sensors": "1e0b5b1abbfe04d81f096bae16a6edd34a71087e1d571db84a0ce11c6f9e72a2",
    "tickets": "082277ec7045b6ac2a6a8977c80ad9814c7f0a53c8efda8a61ea48e310f5fc09",
}


def rows_of(spec: Generate, folder: Path) -> list[dict[str, str]]:
    path = folder / "made.csv"
    write_csv(spec, path, Counter())
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def planted(dataset: Dataset) -> dict[tuple[str, str | None], int]:
    return {(entry.defect, entry.column): entry.count for entry in dataset.planted}


def made(spec: Generate, folder: Path) -> tuple[dict[tuple[str, str | None], int], list[dict[str, str]]]:
    dataset = make_dataset(spec, str(folder / "store"))
    return planted(dataset), rows_of(spec, folder)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_request_gives_the_same_bytes_on_every_machine(shape: str, tmp_path: Path) -> None:
    write_csv(Generate(shape=shape, rows=25_000, seed=42, defects=MANY), tmp_path / "made", Counter())
    assert hashlib.sha256((tmp_path / "made").read_bytes()).hexdigest() == GOLDEN[shape]


def test_another_seed_gives_other_data(tmp_path: Path) -> None:
    assert rows_of(Generate(rows=5, seed=1), tmp_path) != rows_of(Generate(rows=5, seed=2), tmp_path)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rows", [0, 1, 7, module.PIECE, module.PIECE + 1])
def test_any_number_of_rows_is_made(shape: str, rows: int, tmp_path: Path) -> None:
    dataset = make_dataset(Generate(shape=shape, rows=rows), str(tmp_path / "store"))
    assert (dataset.rows, dataset.format, dataset.encoding) == (rows, "csv", "utf-8")
    assert dataset.source is None
    with ArtifactStore(str(tmp_path / "store")).fetched(dataset.whole) as path:
        assert pl.read_parquet(path).shape == (rows, dataset.columns)


@pytest.mark.parametrize("shape", SHAPES)
def test_data_without_defects_has_none(shape: str, tmp_path: Path) -> None:
    spec = Generate(shape=shape, rows=5000, defects=NONE)
    truth, rows = made(spec, tmp_path)
    assert truth == {}
    assert all(cell and cell == cell.strip() for row in rows for cell in row.values())
    key = next(iter(rows[0]))
    assert len({row[key] for row in rows}) == len(rows)
    assert outliers(rows, SHAPES[shape].outliers) == 0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", [0, 7])
def test_the_truth_about_planted_defects_is_what_the_file_holds(
    shape: str, seed: int, tmp_path: Path
) -> None:
    truth, rows = made(Generate(shape=shape, rows=30_000, seed=seed, defects=MANY), tmp_path)
    names = list(rows[0])
    found: Counter[tuple[str, str | None]] = Counter()
    found["duplicates", None] = len(rows) - len({tuple(row.values()) for row in rows})
    for name in names:
        found["gaps", name] = sum(row[name] == "" for row in rows)
        found["spaces", name] = sum(row[name] != row[name].strip() for row in rows)
    mixed, far = SHAPES[shape].mixed, SHAPES[shape].outliers
    found["mixed", mixed] = sum(row[mixed] != "" and not is_number(row[mixed]) for row in rows)
    found["outliers", far] = outliers(rows, far)
    assert truth == {defect: count for defect, count in found.items() if count}
    assert {defect for defect, _ in truth} == {"gaps", "duplicates", "outliers", "mixed", "spaces"}


def test_the_shares_are_about_those_asked_for(tmp_path: Path) -> None:
    truth, _ = made(Generate(rows=50_000), tmp_path)
    for (defect, _), count in truth.items():
        assert count / 50_000 == pytest.approx(getattr(Defects(), defect), rel=0.25)


def test_all_cells_or_rows_can_be_spoilt(tmp_path: Path) -> None:
    truth, rows = made(
        Generate(rows=40, defects=Defects(gaps=1, duplicates=1, spaces=0, outliers=0)), tmp_path
    )
    assert truth["duplicates", None] == 39
    assert {row["country"] for row in rows} == {""}
    assert truth["gaps", "country"] == 40


@pytest.mark.parametrize(
    ("shape", "a", "b", "sign"),
    [
        ("orders", "quantity", "total", 1),
        ("sensors", "temperature", "humidity", -1),
        ("tickets", "messages", "resolution_hours", 1),
    ],
)
def test_some_columns_go_together(shape: str, a: str, b: str, sign: int, tmp_path: Path) -> None:
    frame = pl.DataFrame(rows_of(Generate(shape=shape, rows=3000), tmp_path))
    pair = frame.filter(pl.col(a) != "", pl.col(b) != "").select(pl.col(a, b).cast(float))
    assert pair.select(pl.corr(a, b)).item() * sign > 0.8


def test_draws_are_the_bytes_of_a_hash_in_one_order_everywhere() -> None:
    expected = hashlib.shake_128(b"key/purpose/3").digest(8)
    assert list(drawing("key", 3, 2)("purpose")) == [
        int.from_bytes(expected[at : at + 4], "little") for at in (0, 4)
    ]
    assert array("I").itemsize == 4, f"draws need four bytes a number; {sys.platform} has others"


def test_peaked_values_stay_within_their_bounds() -> None:
    assert (peaked(0, 5, 15), peaked(2**32 - 1, 5, 15)) == (5, 14)
    assert SPREAD > 2 * 0xFFFF


def is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def outliers(rows: list[dict[str, str]], name: str) -> int:
    values = pl.Series([float(row[name]) for row in rows if row[name]])
    low, high = (values.quantile(q, "linear") or 0.0 for q in (0.25, 0.75))
    reach = 1.5 * (high - low)
    return int(((values < low - reach) | (values > high + reach)).sum())
