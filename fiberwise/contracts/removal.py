"""What `clean` removed, or would remove, and what it could not judge."""

from datetime import datetime
from typing import Literal

from fiberwise.contracts.payload import Payload

Store = Literal["artifacts", "cache", "records"]


class Amount(Payload):
    """So many things of one kind, in bytes: files by format, cache entries by step, records by pipeline."""

    store: Store
    kind: str
    count: int = 0
    bytes: int = 0


class Removal(Payload):
    """`files_before`: no file that was stored since is touched, since a step under way may not have told of it yet.

    `stay` are the amounts that are old enough, and that something refers to.
    """

    dry_run: bool
    older_than: datetime
    files_before: datetime
    removed: list[Amount] = []
    stay: list[Amount] = []
    unjudged: list[str] = []
