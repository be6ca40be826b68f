"""Chromium, driven by Playwright, and the pages of the Temporal Web UI."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import quote

from playwright.sync_api import FrameLocator, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Root has no sandbox to offer it, a test no screen; nothing of it need speak to its maker.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 30


@contextmanager
def browser_page(width: int = 1200, height: int = 1000) -> Generator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(SECONDS * 1000)
        yield page
        browser.close()


def program() -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, f"none of {', '.join(NAMES)} is on PATH: `make browser` says how to install one"
    return found


class WebUI:
    """Where a person looks; `address` as `fiberwise dev` tells it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.root = page, f"{address}/namespaces/default/workflows"

    def list(self, query: str = "") -> Page:
        self.page.goto(f"{self.root}?query={quote(query)}" if query else self.root)
        self.page.locator("tbody tr").first.wait_for()
        return self.page

    def run(self, workflow_id: str, tab: str = "Timeline") -> Page:
        self.page.goto(f"{self.root}/{quote(workflow_id, safe='')}")
        self.page.get_by_role("tab", name=tab).click()
        return self.page

    def details(self, workflow_id: str) -> tuple[FrameLocator, FrameLocator]:
        """Details and Current Details, as rendered: each Markdown text is a frame of its own."""
        self.run(workflow_id, "User Metadata")
        self.page.get_by_role("heading", name="Current Details").wait_for()
        frames = self.page.locator("iframe")
        return frames.nth(1).content_frame, frames.nth(2).content_frame

    def start(self, workflow_id: str, pipeline: str, plain_json: str) -> None:
        """By the form that "Start Workflow" opens."""
        self.page.goto(f"{self.root}/start-workflow")
        for field, text in (
            ("workflowId", workflow_id),
            ("taskQueue", "fiberwise"),
            ("workflowType", pipeline),
        ):
            self.page.locator(f"#{field}").fill(text)
        self.page.get_by_label("Data", exact=True).first.click()
        self.page.keyboard.insert_text(plain_json)
        self.page.get_by_text("Task Queue is Active").wait_for()
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            self.page.get_by_role("button", name="Start Workflow").last.press("Enter")
        assert answer.value.ok, answer.value.text()

    def ask(self, workflow_id: str, query: str) -> Page:
        self.run(workflow_id, "Queries")
        self.page.locator("#query-select").locator("xpath=..").click()
        self.page.get_by_role("option", name=query, exact=True).click()
        self.page.get_by_role("button", name="Run Query").click()
        return self.page
