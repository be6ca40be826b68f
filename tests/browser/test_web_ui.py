"""What a person reads in the Temporal Web UI, in a real browser on a real stack."""

import json

from playwright.sync_api import expect

from tests.browser.opening import WebUI
from tests.browser.stack import Stack

PENGUINS = ("complex-multi-agent", "--data", "examples/penguins.csv")
SIZE = "penguins.csv · 344 rows × 8 columns"


def test_the_timeline_says_what_each_step_works_on(here: Stack, web_ui: WebUI):
    found = here.fiberwise("run", *PENGUINS)
    page = web_ui.run(found["workflow_id"])
    expect(page.get_by_text("COMPLETED").first).to_be_visible()
    for row in ("ingest_dataset • penguins.csv", f"DataProcessorAgent.extract • {SIZE}"):
        expect(page.get_by_text(row).first).to_be_visible()


def test_the_details_tell_where_a_run_came_from_and_what_each_step_found(here: Stack, web_ui: WebUI):
    found = here.fiberwise("run", *PENGUINS, "--fault", "synthesize=fail")
    details, current = web_ui.details(found["workflow_id"])
    expect(details.locator("li")).to_contain_text(
        ["examples/penguins.csv", "cli", "fault tried in synthesize: fail"]
    )
    expect(current.locator("strong").first).to_have_text("Outcome: degraded")
    expect(current.locator("li")).to_contain_text(
        [f"ingest completed · {SIZE}", "extract", "transform", "synthesize failed · ", "analyze completed"]
    )
    expect(current.locator("code").last).to_have_text(f"fiberwise why {found['execution_id'][:8]}")


def test_runs_are_found_by_their_outcome(here: Stack, web_ui: WebUI):
    found = here.fiberwise("run", *PENGUINS, "--fault", "analyze=fail")
    page = web_ui.list('Outcome="degraded"')
    expect(page.get_by_text(found["workflow_id"])).to_be_visible()
    expect(page.get_by_text("FAILED", exact=True)).to_have_count(0)


def test_a_start_by_the_form_with_plain_json_runs_to_its_end(here: Stack, web_ui: WebUI):
    web_ui.start("by-the-form", "complex-multi-agent", '{"generate": {"shape": "tickets", "rows": 300}}')
    found = here.fiberwise("watch", "by-the-form")
    assert found["outcome"] == "full"
    page = web_ui.run("by-the-form")
    expect(page.get_by_text("generate_test_data • made: tickets · 300 rows · seed 0").first).to_be_visible()


def test_a_failed_run_says_what_went_wrong_and_what_to_do_and_shows_no_stack(here: Stack, web_ui: WebUI):
    _start_plain(here, "nowhere", {"data": "/nowhere.csv"})
    assert here.fiberwise("watch", "nowhere")["outcome"] == "failed"
    page = web_ui.run("nowhere")
    expect(page.get_by_text("ingest failed: there is no /nowhere.csv — check the path").first).to_be_visible()
    expect(page.get_by_text("stackTrace")).to_have_count(0)


def test_a_misspelt_field_is_told_with_the_nearest_name(here: Stack, web_ui: WebUI):
    _start_plain(here, "misspelt", {"generat": {}})
    here.fiberwise("watch", "misspelt")
    page = web_ui.run("misspelt")
    expect(page.get_by_text("`generat`: no such field, did you mean `generate`?").first).to_be_visible()


def test_a_run_that_hangs_shows_the_step_and_answers_the_query(here: Stack, web_ui: WebUI):
    started = here.fiberwise("start", *PENGUINS, "--fault", "transform=hang")
    page = web_ui.run(started["workflow_id"], "Pending Activities")
    expect(page.get_by_text("transform#1.1", exact=True)).to_be_visible()
    page = web_ui.ask(started["workflow_id"], "progress")
    expect(page.get_by_text(SIZE).first).to_be_visible()
    here.fiberwise("cancel", started["workflow_id"])


def _start_plain(here: Stack, workflow_id: str, request: dict[str, object]) -> None:
    what = ("--type", "complex-multi-agent", "--task-queue", "fiberwise", "--workflow-id", workflow_id)
    here.temporal("workflow", "start", *what, "--input", json.dumps(request))
