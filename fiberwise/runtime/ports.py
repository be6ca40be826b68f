"""Ports of the embedded server: those set, else last time's (so that links stay good), else free ones."""

import socket
from typing import NamedTuple

from fiberwise.contracts.errors import ServiceUnavailable

LOOPBACK = "127.0.0.1"


class Ports(NamedTuple):
    server: int
    ui: int


def choose(wanted: Ports, last: Ports) -> Ports:
    """`wanted` and `last` hold 0 for none. Raises ServiceUnavailable where a wanted port is taken."""
    free = _two_free()
    server = _pick("FIBERWISE_SERVER_PORT", wanted.server, last.server, free.server)
    return Ports(server, _pick("FIBERWISE_UI_PORT", wanted.ui, last.ui, free.ui))


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the server does: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def _pick(setting: str, wanted: int, last: int, free: int) -> int:
    if not wanted:
        return last if last and is_free(last) else free
    if not is_free(wanted):
        raise ServiceUnavailable(
            f"port {wanted} is already in use", where=setting, hint="set another port, or 0 for any free one"
        )
    return wanted


def _two_free() -> Ports:
    # Both are held until both are known, else the system may give the same one twice.
    with socket.socket() as first, socket.socket() as second:
        first.bind((LOOPBACK, 0))
        second.bind((LOOPBACK, 0))
        return Ports(int(first.getsockname()[1]), int(second.getsockname()[1]))
