"""What the Web UI shows of a run, as Markdown."""

from fiberwise.contracts.execution import StepProgress
from fiberwise.pipeline.details import as_markdown, next_commands

ID = "cf60ac18-a0ea-427a-ad19-0ec13f8ddbd6"


def step(name: str, state: str, summary: str = "") -> StepProgress:
    return StepProgress.model_validate({"step": name, "state": state, "summary": summary})


def test_a_running_run_lists_what_each_step_works_on_and_not_what_it_passed_by():
    steps = [
        step("generate", "waiting"),
        step("ingest", "running", "penguins.csv"),
        step("extract", "waiting"),
    ]
    assert as_markdown("penguins.csv", steps).splitlines() == [
        "penguins.csv",
        "",
        "- ▶ **ingest** running · penguins.csv",
        "- ○ **extract** waiting",
    ]


def test_a_failed_run_says_why_once_and_what_it_never_came_to():
    steps = [step("ingest", "failed", "there is no x.csv — check the path"), step("extract", "waiting")]
    assert as_markdown("x.csv", steps, ["ingest failed: there is no x.csv"], "failed").splitlines() == [
        "**Outcome: failed** · x.csv",
        "",
        "- ✘ **ingest** failed · there is no x.csv — check the path",
        "- ○ **extract** not reached",
    ]


def test_a_reason_that_is_no_steps_own_stands_above_the_list():
    text = as_markdown("x.csv", [step("ingest", "completed")], ["3 ragged rows were set aside"], "degraded")
    assert "\n\nWhy: 3 ragged rows were set aside\n\n- " in text


def test_a_message_of_many_lines_stays_one_item_of_bounded_length():
    row = as_markdown("", [step("extract", "failed", "first\n- second " + "x" * 1000)])
    assert row.startswith("- ✘ **extract** failed · first - second x")
    assert len(row) < 400


def test_the_commands_name_a_run_as_the_command_line_knows_it():
    assert next_commands(f"complex-multi-agent/{ID}", None) == "In a terminal: `fiberwise watch cf60ac18`"
    assert "`fiberwise show from-web-ui`" in next_commands("from-web-ui", "full")


def test_of_a_run_that_is_less_than_full_the_commands_lead_to_what_can_be_done():
    assert "`fiberwise why cf60ac18`" in next_commands(f"complex-multi-agent/{ID}", "degraded")
