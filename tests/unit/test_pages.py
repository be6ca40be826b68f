"""The docs say what the code says."""

from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from starter.pages import ROOT, pages

PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_parts_made_from_code_are_up_to_date(page: Path):
    assert page.read_text() == PAGES[page], "`make docs` writes them"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_made_part_is_there(page: Path):
    assert "<!-- made from code: " in page.read_text()


def test_the_compose_file_is_valid_by_the_compose_schema():
    file = str(ROOT / "docker-compose.yml")
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.compose-spec", file])
    assert done.exit_code == 0, done.output


def test_every_image_of_the_compose_file_is_pinned_and_every_service_that_stays_has_a_health_check():
    services = (ROOT / "docker-compose.yml").read_text().split("\nservices:\n")[1].split("\nvolumes:")[0]
    images = [line.split("image: ")[1] for line in services.splitlines() if "image: " in line]
    assert images
    assert all(":" in image and not image.endswith(":latest") for image in images)
    assert services.count("healthcheck:") == 3
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
