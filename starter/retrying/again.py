"""What a person asks for who has an execution done again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Again:
    """How to do it again: who asks, which fields of the request change (`PATH=VALUE` each), how to run it.

    `hold` and `deadline` as in Ordered: none of its own is carried over, nor are faults that were tried out.
    `from_step`: this step, and what began after it had ended, is done again, whatever it gave.
    """

    user: str = ""
    trigger: str = "api"
    from_step: str = ""
    changes: Sequence[str] = ()
    deadline: timedelta | None = None
    hold: bool | None = None
    no_cache: bool = False
