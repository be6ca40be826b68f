"""Taking a data set into the artifact store, once it is known that it can be read."""

from fiberwise.contracts.dataset import Artifact
from fiberwise.datasets.arriving import STDIN, fetch
from fiberwise.datasets.fitting import is_streamed
from fiberwise.datasets.limits import Limits
from fiberwise.datasets.reading import check
from fiberwise.datasets.recognise import recognise
from fiberwise.datasets.source import Facts, How, OnBadRows, Source
from fiberwise.store.artifacts import ArtifactStore


def take_in(
    source: str,
    store: ArtifactStore,
    limits: Limits,
    on_bad_rows: OnBadRows = "refuse",
    sheet: str | None = None,
) -> Artifact:
    """Copies a data set into the store, byte for byte as given, and refuses it if it cannot be read.

    `source` is a local path, an fsspec URI or `-` for standard input; one in the store stays as it is. Of one that
    will stream, since it takes more memory than the limits leave, no row is read: each chunk is checked by itself.
    Raises BadInput (what, where and what to do), ServiceUnavailable for a source that cannot be reached.
    """
    how = How(on_bad_rows, sheet)
    if store.owns(source):
        artifact = store.known(source)
        with store.fetched(artifact) as path:
            _checked(Source(path, source, limits), how)
        return artifact
    with store.staged() as folder:
        path = folder / "arriving"
        sha256 = fetch(source, path, limits)
        name = "standard input" if source == STDIN else source
        facts = _checked(Source(path, name, limits), how)
        return store.adopt(path, facts.format, facts.suffix, sha256)


def _checked(source: Source, how: How) -> Facts:
    facts = recognise(source)
    size, budget = source.path.stat().st_size, source.limits.memory_bytes
    if is_streamed(facts.format, facts.compression is not None, size, budget):
        return facts
    return check(source, how)
