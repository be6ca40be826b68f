"""Takes in a data set that is not to be read whole: cuts it, lays each chunk out, and puts together what that gave."""

from temporalio import activity

from activities.resources import resources
from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.dataset import Chunks, Dataset
from fiberwise.contracts.errors import BadInput
from fiberwise.contracts.stream import Gathered, Part, Portion
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.source import Source
from fiberwise.runtime.children import compute
from fiberwise.store.artifacts import ArtifactStore


@activity.defn
async def cut_dataset(request: Request) -> Chunks:
    """The step: see `cut_source`."""
    return await compute(cut_source, request, resources().artifacts, resources().limits)


@activity.defn
async def lay_out_chunk(portion: Portion[Request]) -> Part:
    """One chunk: see `fiberwise.datasets.chunk_layout`."""
    known = resources()
    return await compute(
        _lay_out, portion.request, portion.chunks, portion.number, known.artifacts, known.limits
    )


@activity.defn
async def assemble_dataset(gathered: Gathered[Request]) -> Dataset:
    """All chunks: see `fiberwise.datasets.assembling`."""
    return await compute(_assemble, gathered, resources().artifacts)


def cut_source(request: Request, store_url: str, limits: Limits) -> Chunks:
    """Cuts the data set of a request, which may be in the store already or anywhere else.

    Raises BadInput for what cannot be cut, ServiceUnavailable for a source that cannot be reached.
    """
    from fiberwise.datasets.arriving import arrive
    from fiberwise.datasets.chunks import cut

    if request.data is None:
        raise BadInput("there is no data set to cut", where="data", hint="set `data` to a path or URI")
    store = ArtifactStore(store_url)
    artifact = store.known(request.data) if store.owns(request.data) else arrive(request.data, store, limits)
    with store.fetched(artifact) as path:
        source = Source(path, request.source or request.data, limits)
        return cut(source, artifact, store, limits.chunk_bytes)


# The table engine is imported in the child alone: the worker's event loop never waits for it.


def _lay_out(request: Request, chunks: Chunks, number: int, store_url: str, limits: Limits) -> Part:
    from fiberwise.datasets.chunk_layout import lay_out_chunk

    return lay_out_chunk(request, chunks, number, store_url, limits)


def _assemble(gathered: Gathered[Request], store_url: str) -> Dataset:
    from fiberwise.datasets.assembling import assemble_dataset

    return assemble_dataset(gathered.request, gathered.chunks, gathered.parts, gathered.missing, store_url)
