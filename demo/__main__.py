"""``python -m demo``, which ``copytrader demo`` starts: the main job before an audience."""

import importlib.util
import sys
from collections.abc import Sequence

_MEND = "pip install 'kitecopytrader[demo]'"
_FAILED = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Play the show and return the exit status.

    Args:
        argv: Without the program's name; those of the process where not given.

    Returns:
        0 when every book is as it should be, 1 when one is not or the show broke off, 2 for wrong
        arguments, 130 after Ctrl-C, 143 after SIGTERM.
    """
    if importlib.util.find_spec("aiohttp") is None:
        sys.stderr.write(f"copytrader: the demo is not installed - run: {_MEND}\n")
        return _FAILED
    # Only now: what follows needs the extra.
    from demo.show.options import read_options  # noqa: PLC0415
    from demo.show.theatre import run_show  # noqa: PLC0415

    return run_show(read_options(sys.argv[1:] if argv is None else argv))


if __name__ == "__main__":
    sys.exit(main())
