"""The console script `fiberwise`, also `python -m starter`."""

import sys
from typing import NoReturn

from starter.cli.exits import concluded, leave


def main() -> NoReturn:
    """Runs the command line of this process, and ends the process with its exit code."""
    leave(concluded(sys.argv[1:]))


if __name__ == "__main__":
    main()
