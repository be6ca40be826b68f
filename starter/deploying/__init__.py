"""Whether today's code can take over the executions that are running: found, replayed, told in the pipeline's words."""

from starter.deploying.checking import Bound, Change, Checked, check

__all__ = ["Bound", "Change", "Checked", "check"]
