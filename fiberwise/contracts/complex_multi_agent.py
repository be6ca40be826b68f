"""Input and results of the pipeline `complex-multi-agent`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from fiberwise.contracts.canonical import Called, Reference
from fiberwise.contracts.cleaning import Rule, Transform
from fiberwise.contracts.dataset import NULL_TOKENS, Dataset, Generate, file_name
from fiberwise.contracts.payload import Asked, Payload
from fiberwise.contracts.profile import Extract
from fiberwise.contracts.publication import Published
from fiberwise.contracts.synthesis import Synthesis


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

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.data is not None and self.generate is not None:
            raise ValueError("give `data` or `generate`, not both")
        return self

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
