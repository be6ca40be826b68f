"""What `check-deploy` prints, and what a worker looks at before it polls."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError

from fiberwise.contracts.errors import PipelineError
from fiberwise.contracts.identity import short_id
from fiberwise.runtime.settings import Settings
from starter.cli.terminal import answer, answer_json, tell
from starter.connection import attached
from starter.deploying import Bound, Change, Checked, check

HINT = (
    "guard the change by a patch, or deploy it as a new version: docs/changing.md. "
    "FIBERWISE_CHECK_EXECUTIONS=0 serves all the same, and those runs stand still"
)


class DeployRefused(PipelineError):
    """This code would break executions that are running, and nothing keeps them on the code that began them."""

    code, retryable = "deploy_refused", False


async def show(settings: Settings, limit: int, as_json: bool) -> int:
    """Exit code 1 where an execution would break. Raises ServiceUnavailable where no server is up."""
    reached = await attached(settings)
    found = await check(reached.client, settings, Bound(limit))
    lines = [*_told(found), f"this code is version {found.build_id}"]
    answer_json(_document(found)) if as_json else answer("\n".join(lines))
    return 1 if found.breaking else 0


async def admit(client: Client, settings: Settings) -> None:
    """Raises DeployRefused; a versioned worker only tells, since pinning keeps old runs from it."""
    if not settings.check_executions:
        return
    try:
        found = await check(client, settings, Bound(settings.check_executions, settings.check_seconds))
    except RPCError as error:  # a list that is down or not allowed is no reason to let runs wait for a worker
        return tell(
            f"the running executions could not be looked at, so nobody knows whether they fit: {error.message}"
        )
    if found.breaking and settings.versioning == "off":
        *changes, looked = _told(found)
        raise DeployRefused("; ".join((*changes, looked)), where="worker", hint=HINT)
    if found.looked_at:
        tell("\n".join(_told(found)))


def _document(found: Checked) -> dict[str, Any]:
    changes = [asdict(change) | {"breaking": change.breaking} for change in found.changes]
    return asdict(found) | {"breaking": found.breaking, "staying": found.staying, "changes": changes}


def _told(found: Checked) -> Iterator[str]:
    for change in found.changes:
        yield _sentence(change)
    looked, same = found.looked_at, found.same_build
    made = f" ({same} are of this very code)" if same else ""
    broken = f", {found.breaking} would break" if found.breaking else ""
    stay = f", {found.staying} stay on their version" if found.staying else ""
    yield f"looked at {looked} of {found.running} running executions{made}: {found.fit} fit{broken}{stay}"


def _sentence(change: Change) -> str:
    count = change.executions
    passed = f", {change.passed} of them {_have(change.passed)} passed it" if change.passed else ""
    names = ", ".join(short_id(one) for one in change.examples)
    more = ", …" if count > len(change.examples) else ""
    return (
        f"{change.pipeline}: {change.change}: {count} running execution{'' if count == 1 else 's'} would break"
        f"{passed}; {'; '.join(_ways(change))} ({names}{more})"
    )


def _ways(change: Change) -> Iterator[str]:
    if change.staying:
        some = "" if change.staying == change.executions else f"{change.staying} of "
        yield f"{some}{'them' if some else 'they'} stay on version {' and '.join(change.versions)}"
    if change.breaking:
        patch = f'add a patch here, `workflow.patched("{change.patch}")`, or ' if change.patch else ""
        yield f"{patch}deploy it as a new version"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
