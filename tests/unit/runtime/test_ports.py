import socket
from collections.abc import Iterator

import pytest

from fiberwise.contracts.errors import ServiceUnavailable
from fiberwise.runtime.ports import LOOPBACK, Ports, choose, is_free

NONE = Ports(0, 0)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_without_a_wish_both_are_free_and_differ():
    chosen = choose(NONE, NONE)
    assert is_free(chosen.server)
    assert is_free(chosen.ui)
    assert chosen.server != chosen.ui


def test_last_time_s_ports_are_taken_again():
    last = choose(NONE, NONE)
    assert choose(NONE, last) == last


def test_last_time_s_port_is_left_where_somebody_else_has_it_now(taken: int):
    assert choose(NONE, Ports(taken, 0)).server != taken


def test_a_set_port_wins_over_last_time_s():
    last, wanted = choose(NONE, NONE), choose(NONE, NONE)
    assert choose(wanted, last) == wanted


def test_a_set_port_that_is_taken_is_refused_by_the_name_of_its_setting(taken: int):
    with pytest.raises(ServiceUnavailable, match=f"port {taken} is already in use") as caught:
        choose(Ports(0, taken), NONE)
    assert caught.value.where == "FIBERWISE_UI_PORT"
