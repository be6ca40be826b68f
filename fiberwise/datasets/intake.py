"""Taking a data set into the artifact store, once it is known that it can be read."""

from fiberwise.contracts.dataset import Artifact
from fiberwise.datasets.arriving import STDIN, fetch
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.reading import check
from fiberwise.datasets.source import How, OnBadRows, Source
from fiberwise.store.artifacts import ArtifactStore


def take_in(
    source: str,
    store: ArtifactStore,
    limits: Limits,
    on_bad_rows: OnBadRows = "refuse",
    sheet: str | None = None,
) -> Artifact:
    """Copies a data set into the store, byte for byte as given, and refuses it if it cannot be read.

    `source` is a local path, an fsspec URI or `-` for standard input; one in the store stays as it is.
    Raises BadInput (what, where and what to do), ServiceUnavailable for a source that cannot be reached.
    """
    how = How(on_bad_rows, sheet)
    if store.owns(source):
        artifact = store.known(source)
        with store.fetched(artifact) as path:
            check(Source(path, source, limits), how)
        return artifact
    with store.staged() as folder:
        path = folder / "arriving"
        sha256 = fetch(source, path, limits)
        name = "standard input" if source == STDIN else source
        facts = check(Source(path, name, limits), how)
        return store.adopt(path, facts.format, facts.suffix, sha256)
