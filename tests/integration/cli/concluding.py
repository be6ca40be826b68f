"""Many command lines in one process, each to its end as `fiberwise` would: a start of the program takes a second.

Reads a JSON list of argument lists; answers with a list of [exit code, stdout, stderr].
"""

import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper

from starter.cli.exits import concluded


def told(arguments: list[str]) -> tuple[int, str, str]:
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = concluded(arguments)
    return code, *(stream.buffer.getvalue().decode() for stream in (out, err))  # pyright: ignore[reportAttributeAccessIssue]


if __name__ == "__main__":
    print(json.dumps([told(arguments) for arguments in json.load(sys.stdin)]), flush=True)
    os._exit(0)
