"""Input and results of the pipeline `complex-multi-agent`."""

from collections.abc import Collection
from typing import Literal, Self

from pydantic import Field, model_validator

from fiberwise.contracts.canonical import Called, Reference
from fiberwise.contracts.cleaning import Rule, Transform
from fiberwise.contracts.dataset import NULL_TOKENS, Dataset, Generate, file_name
from fiberwise.contracts.execution import Outcome
from fiberwise.contracts.memory import PROCESSOR, TESTER, Learnt, Part
from fiberwise.contracts.payload import Asked, Payload, added
from fiberwise.contracts.profile import Extract
from fiberwise.contracts.publication import Published
from fiberwise.contracts.remembered import Decision, Judgement, profile_of
from fiberwise.contracts.synthesis import OF_MEMORY, Synthesis


class Request(Asked):
    """What to work on, and how. Without `data` a data set is generated."""

    data: Reference | None = Field(default=None, description="URI or path of the data set")
    source: Called | None = Field(
        default=None, description="what people call the data set (default: what `data` says)"
    )
    generate: Generate | None = Field(default=None, description="make a data set instead of reading one")
    null_tokens: tuple[str, ...] = Field(default=NULL_TOKENS, description="texts that mean: no value here")
    rules: tuple[Rule, ...] = Field(default=tuple(Rule), description="which cleaning rules run")
    on_bad_rows: Literal["refuse", "set_aside"] = Field(
        default="refuse", description="rows with too few or too many cells: refuse all, or keep these beside"
    )
    sheet: str | None = Field(default=None, description="which sheet of a workbook (default: the first)")
    rules_given: Literal[True] | None = added("`rules` were chosen, though they are the default ones")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.data is not None and self.generate is not None:
            raise ValueError("give `data` or `generate`, not both")
        return self

    def as_given(self, fields: Collection[str]) -> Self:
        """Explicit rules win over those that were accepted earlier, also where they are the default ones."""
        given = "rules" in fields and self.rules == tuple(Rule)
        return self.model_copy(update={"rules_given": True}) if given else self

    @property
    def rules_chosen(self) -> bool:
        """Whether a person chose the rules."""
        return bool(self.rules_given) or self.rules != tuple(Rule)

    @property
    def about(self) -> str:
        return file_name(self.source or self.data) if self.data else (self.generate or Generate()).about


class Results(Payload):
    """What the pipeline found; a part that could not be made is None, and a reason says why."""

    dataset: Dataset
    extract: Extract | None = None
    transform: Transform | None = None
    synthesis: Synthesis | None = None
    published: Published | None = None

    def learnt(self, request: Request, outcome: Outcome) -> list[Learnt]:
        """What agents are to remember of the source; nothing of data without a name. Only a full run's rules count."""
        source = self.dataset.remembered_as
        found: list[tuple[str, Part, Payload]] = []
        if self.extract:
            found.append((PROCESSOR, "profile", profile_of(self.extract)))
        if self.transform and request.rules_chosen and outcome == "full":
            found.append((PROCESSOR, "decision", Decision(rules=request.rules)))
        if self.synthesis:
            found.append((TESTER, "judgement", _judgement(self.synthesis)))
        return [
            Learnt(
                agent=agent, source=source, part=part, value=value.model_dump(mode="json", exclude_none=True)
            )
            for agent, part, value in found
            if source
        ]


def _judgement(synthesis: Synthesis) -> Judgement:
    kinds = [finding.kind for finding in synthesis.findings if finding.kind not in OF_MEMORY]
    return Judgement(score=synthesis.quality.score, findings=list(dict.fromkeys(kinds)))
