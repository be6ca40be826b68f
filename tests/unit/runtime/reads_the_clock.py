"""What a library may do when it is imported, and a workflow may not."""

from datetime import UTC, datetime

LOADED = datetime.now(UTC)
