"""The pictures of the README, made from a real run: `make screenshots`."""

import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import FloatRect
from rich.console import Console
from rich.text import Text

from fiberwise.contracts.view import RunAnswer
from starter.cli.report import page as report
from starter.cli.terminal import THEME
from tests.browser.opening import WebUI, browser_page
from tests.browser.stack import stack

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SHOWN_AS = "/home/you/fiberwise/.fiberwise"  # where the state of a checkout lies by default
WIDTH = 110
# The page without what stands around every page.
RUN: FloatRect = {"x": 256, "y": 48, "width": 1184, "height": 1102}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="fiberwise-") as home, stack(Path(home)) as here:
        found = here.fiberwise("run", "complex-multi-agent", "--data", "examples/penguins.csv")
        (IMAGES / "run.svg").write_text(terminal(found, home))
        with browser_page(1440, 1150) as page:
            WebUI(page, here.web_ui).run(found["workflow_id"])
            page.get_by_text("ingest_dataset").first.wait_for()
            page.wait_for_timeout(1000)  # bars slide into their places
            page.screenshot(path=IMAGES / "web-ui.png", clip=RUN)


def terminal(found: dict[str, Any], home: str) -> str:
    """What `make run` printed, as SVG; fonts are the reader's own, since an image loads none."""
    answer = RunAnswer.model_validate_json(
        RunAnswer.model_validate(found).model_dump_json().replace(home, SHOWN_AS)
    )
    console = Console(record=True, width=WIDTH, file=io.StringIO(), theme=THEME, highlight=False, emoji=False)
    console.print(Text("$ make run", "head"))
    console.print(report(answer))
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="fiberwise"), flags=re.DOTALL)


if __name__ == "__main__":
    main()
