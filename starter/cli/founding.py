"""What `new` does."""

from pathlib import Path

from starter.cli.terminal import answer, answer_json, tell
from starter.new_pipeline import Called, make


def new(name: str, as_json: bool) -> int:
    """In the folder where it is called. Raises BadInput, and as `make`."""
    called = Called(name)
    made = make(Path.cwd(), called, lambda what: tell(f"{name}: {what} …"))
    if as_json:
        answer_json({"pipeline": name, "written": made.written, "edited": made.edited})
        return 0
    answer(
        "\n".join(
            [f"{name} is there, and works", *_listed("new", made.written), *_listed("edited", made.edited)]
        )
    )
    tell(
        f"\nNext  fiberwise run {name} --data examples/penguins.csv · docs/first-pipeline.md says what to change"
    )
    return 0


def _listed(title: str, files: list[str]) -> list[str]:
    return [f"  {title:<8}{file}" for file in files]
