"""Where the program begins, and the only place that reads the process's environment."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.core_dumps import forbid_core_dumps


def _is_plain(environ: Mapping[str, str]) -> bool:
    """Return whether a terminal wants plain text. Source: no-color.org; terminfo's entry ``dumb``."""
    return bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    os.umask(0o077)  # whatever is made here is for its owner only
    forbid_core_dumps()
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, as a shell has it; pressed before the command could take it
    except BrokenPipeError:
        # Keep the interpreter from complaining about the same pipe when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(argv: Sequence[str]) -> int:
    # Imported late: Ctrl-C is a key like any other from the first moment on, and this takes its time.
    from bot.cli.entry import execute  # noqa: PLC0415
    from bot.cli.invocation import Invocation, Terminal  # noqa: PLC0415
    from engine.clock import SystemClock  # noqa: PLC0415

    invocation = Invocation(
        environ=dict(os.environ),
        terminal=Terminal(
            out=sys.stdout, err=sys.stderr, input=sys.stdin, plain=_is_plain(os.environ)
        ),
        clock=SystemClock(),
        folder=Path.cwd(),
    )
    return int(execute(argv, invocation))


if __name__ == "__main__":
    sys.exit(main())
