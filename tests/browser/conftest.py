"""One stack and one Chromium for all tests here."""

from collections.abc import Iterator

import pytest

from tests.browser.opening import WebUI, browser_page
from tests.browser.stack import Stack, stack


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="session")
def web_ui(here: Stack) -> Iterator[WebUI]:
    with browser_page() as page:
        yield WebUI(page, here.web_ui)
