"""The embedded server under everything that happens to a terminal: second commands, kill -9, Ctrl-C, restarts."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import temporalio.api.operatorservice.v1 as operator_wire
import temporalio.api.workflowservice.v1 as wire
from temporalio.client import Client

from fiberwise.contracts.errors import BadInput, ServiceUnavailable
from fiberwise.runtime import dev_server
from fiberwise.runtime.ports import LOOPBACK, is_free
from fiberwise.runtime.server_args import RETENTION, SEARCH_ATTRIBUTES
from fiberwise.runtime.settings import Settings
from fiberwise.runtime.stack import open_stack, running_stack

HOLDER = Path(__file__).with_name("stack_holder.py")
ROOT = Path(__file__).parents[3]


def status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as page:
        return page.status


class Holder:
    """A process of its own that holds a stack."""

    def __init__(self, home: Path, *serves: str) -> None:
        pipe = subprocess.PIPE
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, HOLDER, home, *serves],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
            env=environment,
        )

    def line(self) -> dict[str, object]:
        assert self.process.stdout
        if not (text := self.process.stdout.readline()):
            raise AssertionError(f"the holder ended: {self.process.communicate()[1]}")
        return json.loads(text)

    def until(self, key: str) -> dict[str, object]:
        while key not in (line := self.line()):
            pass
        return line

    def leave(self) -> int:
        self.process.communicate("\n", timeout=30)
        return self.process.returncode


class Holders(list[Holder]):
    def start(self, home: Path, *serves: str) -> Holder:
        self.append(Holder(home, *serves))
        return self[-1]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path.resolve() / "state"
    for folder in tmp_path.iterdir():
        if process := dev_server.find_process(folder):
            process.kill()


@pytest.fixture
def holders() -> Iterator[Holders]:
    started = Holders()
    yield started
    for holder in started:
        with suppress(ValueError):
            holder.process.kill()
            holder.process.communicate()


async def test_a_stack_is_registered_for_30_days_and_five_attributes_and_stops_without_a_trace(home: Path):
    async with open_stack(Settings(home=home)) as stack:
        client = await Client.connect(stack.address, namespace=stack.namespace)
        namespace = await client.workflow_service.describe_namespace(
            wire.DescribeNamespaceRequest(namespace=stack.namespace)
        )
        attributes = await client.operator_service.list_search_attributes(
            operator_wire.ListSearchAttributesRequest(namespace=stack.namespace)
        )
        assert status(stack.ui_url) == 200
        listening = {
            c.laddr.ip for c in stack.process.net_connections("tcp") if c.status == psutil.CONN_LISTEN
        }
        assert stack.owned
        assert not stack.adopted
    assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == RETENTION
    assert set(SEARCH_ATTRIBUTES) <= set(attributes.custom_attributes)
    assert listening == {LOOPBACK}
    assert dev_server.find_process(home) is None
    assert await running_stack(Settings(home=home)) is None


async def test_a_second_start_keeps_the_ports_so_that_links_stay_good(home: Path):
    async with open_stack(Settings(home=home)) as first:
        pass
    async with open_stack(Settings(home=home)) as second:
        assert second.ports == first.ports
        assert await running_stack(Settings(home=home)) == (second.address, second.ui_url)


async def test_a_second_process_uses_the_stack_and_the_owner_whose_worker_it_needs_waits_for_it(
    home: Path, holders: Holders
):
    first = holders.start(home, "serves")
    owner = first.until("pid")
    second = holders.start(home)
    user = second.until("pid")
    assert (user["pid"], user["owned"]) == (owner["pid"], False)
    assert first.process.stdin
    first.process.stdin.write("\n")
    first.process.stdin.flush()
    assert "another command uses this Temporal server" in str(first.until("told")["told"])
    assert psutil.pid_exists(int(str(user["pid"])))
    assert second.leave() == 0
    assert first.until("closed")
    assert dev_server.find_process(home) is None


@pytest.mark.parametrize("serving", [(), ("serves",)])
async def test_an_owner_that_is_not_needed_hands_over_to_one_that_stays(
    home: Path, holders: Holders, serving: tuple[str, ...]
):
    first = holders.start(home, *serving)
    owner = first.until("pid")
    second = holders.start(home, *serving)
    assert second.until("pid")["owned"] is False
    assert first.leave() == 0
    assert psutil.pid_exists(int(str(owner["pid"])))
    assert second.leave() == 0
    assert dev_server.find_process(home) is None


async def test_a_server_whose_owner_was_killed_is_adopted_and_then_stopped(home: Path, holders: Holders):
    first = holders.start(home)
    lost = first.until("pid")
    first.process.kill()
    first.process.wait()
    async with open_stack(Settings(home=home)) as stack:
        assert (stack.process.pid, stack.owned, stack.adopted) == (lost["pid"], True, True)
    assert dev_server.find_process(home) is None


async def test_a_user_whose_owner_was_killed_stops_the_server_as_it_leaves(home: Path, holders: Holders):
    first = holders.start(home)
    first.until("pid")
    async with open_stack(Settings(home=home)) as stack:
        assert not stack.owned
        first.process.kill()
        first.process.wait()
    assert dev_server.find_process(home) is None


async def test_a_server_that_its_state_file_does_not_know_is_replaced(home: Path, holders: Holders):
    first = holders.start(home)
    lost = first.until("pid")
    first.process.kill()
    first.process.wait()
    (home / "stack.json").unlink()
    told: list[str] = []
    async with open_stack(Settings(home=home), told.append) as stack:
        assert (stack.owned, stack.adopted) == (True, False)
        assert stack.process.pid != lost["pid"]
    assert any("stopping an older Temporal server" in line for line in told)


async def test_a_server_that_is_killed_ends_the_stack_and_the_next_start_finds_its_database_whole(home: Path):
    async with open_stack(Settings(home=home)) as stack:
        client = await Client.connect(stack.address)
        await client.start_workflow("kept", id="kept", task_queue="nobody")
        stack.process.kill()
        await stack.ended()
    async with open_stack(Settings(home=home)) as stack:
        client = await Client.connect(stack.address)
        assert (await client.get_workflow_handle("kept").describe()).workflow_type == "kept"


def test_five_at_once_share_one_server(home: Path, holders: Holders):
    for _ in range(5):
        holders.start(home)
    seen = [holder.until("pid") for holder in holders]
    assert len({line["pid"] for line in seen}) == 1
    assert [line["owned"] for line in seen].count(True) == 1
    for holder, line in sorted(zip(holders, seen, strict=True), key=lambda pair: bool(pair[1]["owned"])):
        assert holder.leave() == 0, line
    assert dev_server.find_process(home) is None


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3])
def test_ctrl_c_during_the_start_leaves_no_process(home: Path, holders: Holders, delay: float):
    holder = holders.start(home)
    assert holder.until("told") == {"told": "starting the Temporal server"}
    time.sleep(delay)
    holder.process.send_signal(signal.SIGINT)
    holder.process.communicate(timeout=20)
    assert holder.process.returncode != 0
    assert dev_server.find_process(home) is None
    assert not list(home.glob("stack.json.*"))


async def test_two_folders_have_two_servers_at_once(tmp_path: Path, home: Path):
    async with open_stack(Settings(home=home)) as one, open_stack(Settings(home=tmp_path / "other")) as other:
        assert one.address != other.address
        assert one.process.pid != other.process.pid


async def test_a_port_that_is_taken_is_named_with_its_setting(home: Path):
    async with open_stack(Settings(home=home)) as stack:
        assert not is_free(stack.ports.server)
        taken = Settings(home=home.with_name("other"), server_port=stack.ports.server)
        with pytest.raises(ServiceUnavailable, match="already in use") as caught:
            async with open_stack(taken):
                pass
    assert caught.value.where == "FIBERWISE_SERVER_PORT"


@pytest.fixture
def no_database(home: Path) -> None:
    home.mkdir()
    (home / dev_server.DATABASE).write_bytes(b"x" * 10_000)


@pytest.mark.usefixtures("no_database")
async def test_a_database_that_is_none_is_told_in_the_server_s_words(home: Path):
    with pytest.raises(ServiceUnavailable, match="file is not a database"):
        async with open_stack(Settings(home=home)):
            pass
    assert dev_server.find_process(home) is None


async def test_a_state_folder_that_is_a_file_is_refused():
    with pytest.raises(BadInput, match="state folder cannot be written"):
        async with open_stack(Settings(home=HOLDER)):
            pass
