"""The page that `why --html` writes, opened from a file as somebody would who got it by mail."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.opening import WebUI
from tests.browser.stack import Stack

PENGUINS = ("complex-multi-agent", "--data", "examples/penguins.csv")


@pytest.fixture(scope="module")
def file(here: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a run in which a step failed once, so that a backoff is shown, and another for good."""
    found = here.fiberwise("run", *PENGUINS, "--fault", "extract=fail-once", "--fault", "transform=fail")
    file = tmp_path_factory.mktemp("page") / "why.html"
    here.fiberwise("why", found["execution_id"], "--html", str(file))
    return file


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, web_ui: WebUI, file: Path) -> Iterator[Page]:
    browser = web_ui.page.context.browser
    assert browser
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=request.param)
    yield page
    page.close()


def test_it_is_read_on_a_phone_by_day_and_by_night_without_loading_anything(phone: Page, file: Path):
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(file.as_uri())
    expect(phone.get_by_text("transform: InjectedFault: failed on purpose")).to_be_visible()
    expect(phone.get_by_text("backing off", exact=True)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert asked == [file.as_uri()]


def test_text_stands_out_from_its_ground(phone: Page, file: Path):
    phone.goto(file.as_uri())
    assert phone.evaluate(CONTRASTS) >= 4.5, "WCAG AA: darken or lighten a colour in starter/why/style.py"


CONTRASTS = """() => {
  const light = text => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(c => c / 255)
      .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = light(getComputedStyle(document.body).backgroundColor)
  const texts = [...document.querySelectorAll('h1, h2, p, dd, th, td.ms, li')]
  return Math.min(...texts.map(one => light(getComputedStyle(one).color))
    .map(text => (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05)))
}"""
