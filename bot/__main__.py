"""Where the program begins, and the only place that reads the process's environment."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.cli.entry import execute
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from engine.clock import SystemClock


def _is_plain(environ: Mapping[str, str]) -> bool:
    """Return whether a terminal wants plain text. Source: no-color.org; terminfo's entry ``dumb``."""
    return bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    os.umask(0o077)  # whatever is made here is for its owner only
    invocation = Invocation(
        environ=dict(os.environ),
        terminal=Terminal(
            out=sys.stdout, err=sys.stderr, input=sys.stdin, plain=_is_plain(os.environ)
        ),
        clock=SystemClock(),
        folder=Path.cwd(),
    )
    try:
        return int(execute(sys.argv[1:] if argv is None else argv, invocation))
    except BrokenPipeError:
        # Keep the interpreter from complaining about the same pipe when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.FAILED


if __name__ == "__main__":
    sys.exit(main())
