"""Edits to workflow code, one at a time: those that break executions under way, and those that do not, with the reason.

Each is made in a copy of the pipeline's module. What must catch it stands beside it: the replay of the recorded
histories, the fingerprint, or both.
"""

from dataclasses import dataclass
from typing import Literal

COMPLEX, DIGEST, GATED = "complex-multi-agent", "data-digest", "gated"
MODULES = {
    COMPLEX: "workflows/complex_multi_agent.py",
    DIGEST: "workflows/data_digest.py",
    GATED: "tests/workflows/bending.py",
}
By = Literal["replay", "fingerprint"]

PREPARED = "dataset = await self._prepare_input(request)\n"
ANALYZED = "analysis = await self._analyze_results()\n"
PUBLISHED = "published = await self._publish(results, analysis)\n"
SIDE_BY_SIDE = "await in_parallel(\n"
DEFINED = '@workflow.defn(name="complex-multi-agent")\n'
NEXT = "        "

IN_TURN = """async def _in_turn(*calls):
    return [await call for call in calls]


"""
IN_ANY_ORDER = """async def _in_any_order(*calls):
    asked = {call.step.name: call for call in calls}
    order = list(set(asked))
    done = dict(zip(order, await in_parallel(*(asked[name] for name in order))))
    return [done[name] for name in asked]


"""


@dataclass(frozen=True)
class Mutation:
    """`edits`: each text, which is in the module, and what comes in its place."""

    name: str
    edits: tuple[tuple[str, str], ...]
    by: frozenset[By]
    pipeline: str = COMPLEX
    reason: str = ""


def _breaks(name: str, *edits: tuple[str, str], by: str = "replay", pipeline: str = COMPLEX) -> Mutation:
    found: dict[str, By] = {"replay": "replay", "fingerprint": "fingerprint"}
    return Mutation(name, edits, frozenset(found[one] for one in by.split()), pipeline)


def _harmless(name: str, *edits: tuple[str, str], reason: str, noted: bool = False) -> Mutation:
    """`noted`: the fingerprint tells it all the same, as what breaks nothing."""
    return Mutation(name, edits, frozenset({"fingerprint"} if noted else ()), reason=reason)


INCOMPATIBLE = (
    _breaks("a step is added", (PREPARED, PREPARED + NEXT + "await self._analyze_results()\n")),
    _breaks("a step is added at the end", (PUBLISHED, PUBLISHED + NEXT + "await self._analyze_results()\n")),
    _breaks("a step is done twice", (PUBLISHED, PUBLISHED + NEXT + PUBLISHED)),
    _breaks("a call is removed", (PUBLISHED, "published = None\n")),
    _breaks(
        "a step is removed, with its declaration",
        (PUBLISHED, "published = None\n"),
        ("    publish = step(\n", "    _publishing = dict(\n"),
        ("        publish_results, retry", "        retry"),
        by="replay fingerprint",
    ),
    _breaks(
        "two steps are swapped",
        (ANALYZED, "published = await self._publish(results, None)\n"),
        (NEXT + PUBLISHED, NEXT + ANALYZED),
    ),
    _breaks(
        "a step has another name",
        ("    publish = step(", "    send = step("),
        ("self.publish(", "self.send("),
        by="replay fingerprint",
    ),
    _breaks(
        "a step calls another activity",
        ("generate = step(generate_test_data", "generate = step(ingest_dataset"),
        by="replay fingerprint",
    ),
    _breaks(
        "steps side by side are done in turn",
        (SIDE_BY_SIDE, "await _in_turn(\n"),
        (DEFINED, IN_TURN + DEFINED),
    ),
    _breaks("a condition is turned round", ("if request.data else", "if not request.data else")),
    _breaks("a failure is borne no longer", ("extracted is None and", "extracted is None or")),
    _breaks("a timer is added", (PREPARED, PREPARED + NEXT + "await workflow.sleep(1)\n")),
    _breaks(
        "a wait for a person has no end any more",
        ('by=("ann", "bob"), within=MONTH', 'by=("ann", "bob")'),
        by="replay fingerprint",
        pipeline=GATED,
    ),
    _breaks(
        "a wait for a person ends earlier",
        ('by=("ann", "bob"), within=MONTH', 'by=("ann", "bob"), within=WEEK'),
        by="fingerprint",
        pipeline=GATED,
    ),
    _breaks(
        "a step no longer waits for a person",
        (', approval=Approval(by=("ann", "bob"), within=MONTH)', ""),
        by="replay fingerprint",
        pipeline=GATED,
    ),
    _breaks(
        "the clock is read",
        ("from datetime import timedelta\n", "from datetime import datetime, timedelta\n"),
        (PREPARED, PREPARED + NEXT + "self.degrade(str(datetime.now()))\n"),
    ),
    _breaks(
        "chance is asked",
        ("from datetime import timedelta\n", "import random\nfrom datetime import timedelta\n"),
        (PREPARED, PREPARED + NEXT + "self.degrade(str(random.random()))\n"),
    ),
    _breaks(
        "a file is read",
        (PREPARED, PREPARED + NEXT + 'self.degrade(open("README.md").readline())\n'),
    ),
    _breaks(
        "there is no fallback any more",
        ('fallbacks = ("data-digest",)', "fallbacks = ()"),
        by="replay fingerprint",
    ),
    _breaks(
        "an optional step is required",
        ("timeout=QUICK, optional=True)", "timeout=QUICK)"),
        by="replay fingerprint",
    ),
    _breaks("a step is not undone any more", (", undo=withdraw_results", ""), by="fingerprint"),
    _breaks("the pipeline has another name", (DEFINED, DEFINED.replace("multi", "many"))),
    _breaks(
        "the one step of a pipeline has another name",
        ("    digest = step(", "    summarize = step("),
        ("self.digest(", "self.summarize("),
        by="replay fingerprint",
        pipeline=DIGEST,
    ),
)
SET_ORDER = _breaks(
    "steps begin in the order of a set",
    (SIDE_BY_SIDE, "await _in_any_order(\n"),
    (DEFINED, IN_ANY_ORDER + DEFINED),
)
HARMLESS = (
    _harmless(
        "more attempts",
        ("maximum_attempts=5", "maximum_attempts=6"),
        reason="the server tries, by the policy that came with the step: one under way keeps what it began with",
        noted=True,
    ),
    _harmless(
        "another backoff",
        ("backoff_coefficient=2,", "backoff_coefficient=3,"),
        reason="as with more attempts: no event of the history holds it",
        noted=True,
    ),
    _harmless(
        "another time limit",
        ("timedelta(minutes=30)", "timedelta(minutes=45)"),
        reason="the server watches it, and replay does not compare it",
        noted=True,
    ),
    _harmless(
        "a step's result is kept no longer",
        ("CACHED = Cache()", "CACHED = None"),
        reason="the cache is asked around the activity, not by the workflow",
        noted=True,
    ),
    _harmless(
        "a step gets another input",
        (
            "self.extract(Study(dataset=dataset, null_tokens=request.null_tokens))",
            "self.extract(Study(dataset=dataset))",
        ),
        reason="a step that was done is not done again, and replay compares types and ids alone",
    ),
    _harmless(
        "another text in the result",
        ("ragged rows were set aside", "rows were ragged, and set aside"),
        reason="it is in what the run gives at its end, which no command hangs on",
    ),
    _harmless(
        "a private method has another name",
        ("_prepare_input", "_taken_in"),
        reason="history knows steps, not methods",
    ),
    _harmless(
        "another docstring",
        ("Profiles and cleans", "Cleans and profiles"),
        reason="nobody runs it",
    ),
)
