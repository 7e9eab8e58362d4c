"""A master's day in all six segments (NSE, BSE, NFO, BFO, MCX, CDS), copied to three followers on the local exchange.

The same as ``copytrader demo --headless --scenario calm``: the real program, a local exchange and a local chat.

    python demo/multi_segment_example.py --seconds 25
"""

import sys
from collections.abc import Sequence
from pathlib import Path


def play(argv: Sequence[str]) -> int:
    """Play the day and return the demo's exit status; ``argv`` are its further arguments."""
    # From here, so that it runs where the program was not installed.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from demo.__main__ import main  # noqa: PLC0415

    return main(["--headless", "--scenario", "calm", *argv])


if __name__ == "__main__":
    sys.exit(play(sys.argv[1:]))
