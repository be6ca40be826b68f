"""Kills work on the real program, as the tests of the command line do."""

from tests.integration.cli.conftest import environment, fiberwise, home

__all__ = ["environment", "fiberwise", "home"]
