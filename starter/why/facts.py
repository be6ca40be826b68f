"""What is known of a run before anything is concluded from it."""

from dataclasses import dataclass, field
from datetime import datetime

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.controls import Noted
from fiberwise.contracts.execution import Entry, Metadata
from fiberwise.contracts.identity import short_id
from fiberwise.contracts.view import ExecutionView
from fiberwise.contracts.why import Origin


@dataclass(frozen=True)
class Earlier:
    """The last run of the same pipeline and source that went well."""

    execution_id: str
    started_at: datetime
    duration_ms: float | None
    log: list[Entry]
    metadata: Metadata


@dataclass(frozen=True)
class Facts:
    """`declared` are the names of the pipeline's steps in order; `stopped_for` is the reason given with a cancel.

    `unknown` says what could not be learned.
    """

    seen: ExecutionView
    now: datetime
    origin: Origin = Origin()
    metadata: Metadata = Metadata()
    log: list[Entry] = field(default_factory=list[Entry])
    failure: Failure | None = None
    produced_by: str = ""
    completeness: float | None = None
    controls: list[Noted] = field(default_factory=list[Noted])
    declared: tuple[str, ...] = ()
    stopped_for: str = ""
    earlier: Earlier | None = None
    unknown: list[str] = field(default_factory=list[str])

    @property
    def runs(self) -> bool:
        return self.seen.status == "running"

    @property
    def end(self) -> datetime:
        """When it ended, or now."""
        return self.seen.completed_at or self.now

    @property
    def short(self) -> str:
        """The id as a person types it."""
        return short_id(self.seen.workflow_id)
