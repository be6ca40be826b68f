"""Takes in a data set and lays it out as the table that all later steps read."""

from temporalio import activity

from activities.resources import resources
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Dataset
from fiberwise.contracts.errors import BadInput
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.source import How, Source
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore


@activity.defn
async def ingest_dataset(request: Request) -> Dataset:
    """The step: see `read_dataset`."""
    return await compute(read_dataset, request, resources().artifacts, resources().limits)


def read_dataset(request: Request, store_url: str, limits: Limits) -> Dataset:
    """Reads the data set of a request, which may be in the store already or anywhere else.

    Raises BadInput for what is no readable table, or takes more memory whole than a worker may use;
    ServiceUnavailable for a source that cannot be reached.
    """
    from fiberwise.datasets.fitting import check_fits
    from fiberwise.datasets.intake import take_in
    from fiberwise.datasets.layout import lay_out

    if request.data is None:
        raise BadInput("there is no data set to read", where="data", hint="set `data` to a path or URI")
    store = ArtifactStore(store_url)
    taken = store.owns(request.data)
    how = How(request.on_bad_rows, request.sheet)
    artifact = (
        store.known(request.data)
        if taken
        else take_in(request.data, store, limits, how.on_bad_rows, how.sheet)
    )
    check_fits(artifact, limits.memory_bytes)
    with store.fetched(artifact) as path:
        dataset = lay_out(Source(path, request.data, limits), artifact, store, how)
    return dataset.model_copy(update={"source": request.source or dataset.source})
