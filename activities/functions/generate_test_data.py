"""Makes a data set with planted defects: the same request gives the same bytes on every machine."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from temporalio import activity

from activities.functions.test_data.defects import Truth, plant, told
from activities.functions.test_data.draws import drawing
from activities.functions.test_data.shapes import SHAPES, Columns
from activities.resources import resources
from fiberwise.contracts.dataset import Dataset, Generate
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.source import How, Source
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore

# Part of what defines the data: other pieces would be other draws.
PIECE = 20_000


@activity.defn
async def generate_test_data(spec: Generate) -> Dataset:
    """The step: see `make_dataset`."""
    return await compute(make_dataset, spec, resources().artifacts)


def make_dataset(spec: Generate, store_url: str) -> Dataset:
    """Writes the data set to the store as CSV and as a table, and says what was planted where."""
    from fiberwise.datasets.layout import lay_out

    store, truth = ArtifactStore(store_url), Counter[tuple[str, str | None]]()
    with store.staged() as folder:
        path = folder / "made"
        write_csv(spec, path, truth)
        artifact = store.adopt(path, "csv")
    with store.fetched(artifact) as path:
        dataset = lay_out(Source(path, artifact.uri, Limits()), artifact, store, How())
    made = f"{generate_test_data.__name__}:{spec.shape}"
    return dataset.model_copy(update={"planted": told(truth), "made": made})


def write_csv(spec: Generate, path: Path, truth: Truth) -> None:
    """Writes piece after piece, so that memory does not grow with the rows; adds to `truth`."""
    with path.open("w", encoding="utf-8", newline="") as sink:
        for number, columns in enumerate(_pieces(spec, truth)):
            if not number:
                sink.write(",".join(columns) + "\n")
            sink.writelines(f"{','.join(row)}\n" for row in zip(*columns.values(), strict=True))


def _pieces(spec: Generate, truth: Truth) -> Iterator[Columns]:
    shape, key = SHAPES[spec.shape], f"{spec.shape}/{spec.seed}"
    for part, first in enumerate(range(0, max(1, spec.rows), PIECE)):
        count = min(PIECE, spec.rows - first)
        draw = drawing(key, part, count)
        columns = shape.rows(first + 1, count, draw)
        truth.update(plant(columns, shape, spec.defects, draw) if count else {})
        if shape.quoted:
            columns[shape.quoted] = [_quoted(cell) for cell in columns[shape.quoted]]
        yield columns


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if "," in cell or '"' in cell else cell
