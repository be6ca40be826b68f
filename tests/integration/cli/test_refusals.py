"""What cannot work is refused in one or two lines, with exit 2, and nothing has started."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Several
from tests.integration.cli.program import PROGRAM, ROOT, Fiberwise, Ran

RUN = ("run", "complex-multi-agent")


REFUSED: list[tuple[tuple[str, ...], str]] = [
    (("rum",), "No such command 'rum'"),
    (("run",), "Missing argument 'PIPELINE'"),
    (("list", "--limit", "many"), "Invalid value for '--limit'"),
    (("run", "complex-multi-agnet"), "did you mean `complex-multi-agent`?"),
    ((*RUN, "--set", "generate.rowz=1"), "`generate.rowz`: no such field, did you mean `rows`?"),
    ((*RUN, "--input", "{"), "the request is no JSON"),
    ((*RUN, "--input", "[]"), "the request must be a JSON object"),
    ((*RUN, "--input", "@no-such-file"), "no-such-file cannot be read: No such file or directory"),
    ((*RUN, "--fault", "extrakt=fail"), "`extrakt` is no step"),
    ((*RUN, "--fault", "extract=burn"), "`burn` is no fault"),
    ((*RUN, "--refresh", "generate"), "`generate` is no cached step"),
    ((*RUN, "--deadline", "soon"), "`soon` is no length of time"),
    ((*RUN, "--data", "no-such.csv"), "there is no no-such.csv"),
    ((*RUN, "--data", "examples"), "examples is a directory"),
    (("list", "--status", "done"), "`done` is no status"),
    (("list", "--since", "yesterday"), "`yesterday` is no point in time"),
    (("pipelines", "complex"), "did you mean `complex-multi-agent`?"),
    (("replay",), "give files, or --query"),
    (("replay", "pyproject.toml"), "pyproject.toml holds no history"),
]


@pytest.fixture
def ragged(tmp_path: Path) -> Path:
    file = tmp_path / "ragged.csv"
    file.write_text("a,b\n1,2\n3\n")
    return file


@pytest.fixture(scope="module")
def refused(several: Several) -> dict[tuple[str, ...], Ran]:
    lines = [arguments for arguments, _ in REFUSED]
    return dict(zip(lines, several(*lines), strict=True))


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_refused_in_two_lines(
    refused: dict[tuple[str, ...], Ran], home: Path, arguments: tuple[str, ...], said: str
):
    ran = refused[arguments]
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) <= 2
    assert not (home / "temporal.sqlite").exists()


def test_a_ragged_data_set_is_refused_with_its_line(fiberwise: Fiberwise, home: Path, ragged: Path):
    ran = fiberwise(*RUN, "--data", str(ragged))
    assert ran.code == 2
    assert "line 3" in ran.err
    assert not (home / "temporal.sqlite").exists()


def test_with_json_an_error_is_one_json_object_on_stderr(fiberwise: Fiberwise):
    for arguments in (("rum", "--json"), (*RUN, "--set", "x=1", "--json")):
        ran = fiberwise(*arguments)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
        assert set(ran.error) == {"code", "message", "where", "hint"}


def test_a_setting_that_cannot_be_read_is_named(fiberwise: Fiberwise):
    ran = fiberwise("list", FIBERWISE_PROCESSES="few")
    assert ran.code == 2
    assert ran.err.startswith("fiberwise: FIBERWISE_PROCESSES: ")


def test_a_server_that_cannot_be_reached_is_exit_3(fiberwise: Fiberwise):
    ran = fiberwise("list", "--json", TEMPORAL_ADDRESS="127.0.0.1:1")
    assert (ran.code, ran.out) == (3, "")
    assert ran.error["code"] == "unavailable"
    assert ran.error["where"] == "127.0.0.1:1"


def test_start_and_worker_need_a_server_that_stays(fiberwise: Fiberwise):
    for arguments in (("start", "complex-multi-agent"), ("worker",)):
        ran = fiberwise(*arguments)
        assert ran.code == 3
        assert "`fiberwise dev` keeps one up" in ran.err


def test_pipelines_needs_no_server(fiberwise: Fiberwise, home: Path):
    found = fiberwise("pipelines", "--json").answer[0]
    assert [step["step"] for step in found["steps"]][2:] == [
        "extract",
        "transform",
        "synthesize",
        "analyze",
        "publish",
    ]
    assert "on_bad_rows" in fiberwise("pipelines", "complex-multi-agent").out
    assert not (home / "temporal.sqlite").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [("pipelines >&-", 0), ("pipelines 2>&-", 0), ("run complex-multi-agent --data - <&-", 2)],
)
def test_a_closed_stream_is_no_bug(environment: dict[str, str], words: str, code: int):
    done = subprocess.run(
        ["/bin/sh", "-c", f"{PROGRAM} {words}"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr
