"""The demo's arguments."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from demo.days.programme import NAMES

_SECONDS = 60
_FEWEST_SECONDS = 5
_MOST_SECONDS = 3600
_REFUSED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for.

    Attributes:
        headless: Plain lines instead of the live screen.
        seconds: How long the master trades, 5 to 3600.
        seed: Same seed, same market and same script.
        scenario: One of `NAMES`.
        picture: Where the picture of the day goes; None is `picture_file` in the current folder.
    """

    headless: bool = False
    seconds: int = _SECONDS
    seed: int = 1
    scenario: str = NAMES[0]
    picture: Path | None = None

    @property
    def picture_file(self) -> Path:
        """Where the picture of the day goes."""
        return self.picture or Path(f"copytrader-demo-{self.scenario}.png")


class _OneLineParser(argparse.ArgumentParser):
    """Complains in one line that points to the help, instead of printing the usage."""

    def error(self, message: str) -> NoReturn:  # type: ignore[explicit-override]  # typing.override is 3.12
        self.exit(_REFUSED, f"copytrader: {message} - see: {self.prog} --help\n")


def read_options(argv: Sequence[str]) -> Options:
    """Read the arguments.

    Raises:
        SystemExit: 2 after one line on stderr, or 0 after the help.
    """
    parser = _OneLineParser(
        prog="copytrader demo",
        description="Copies a master's trades to three followers on a local exchange and a local "
        "chat, with the real program between them; no keys, no network.",
        epilog="Example: copytrader demo --headless --seconds 25 --scenario stops",
    )
    parser.add_argument("--headless", action="store_true", help="plain text, needs no terminal")
    parser.add_argument(
        "--seconds", type=_seconds, default=_SECONDS, metavar="N", help="how long he trades (60)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="same seed, same market")
    parser.add_argument(
        "--scenario",
        type=_scenario,
        default=NAMES[0],
        metavar="NAME",
        help=f"which day he has: {', '.join(NAMES)} (default: {NAMES[0]})",
    )
    parser.add_argument(
        "--picture",
        type=_picture,
        metavar="FILE",
        help="where the picture of the day goes (default: copytrader-demo-NAME.png in this folder)",
    )
    return Options(**vars(parser.parse_args(argv)))


def _seconds(text: str) -> int:
    if not text.isdecimal() or not _FEWEST_SECONDS <= int(text) <= _MOST_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a whole number from {_FEWEST_SECONDS} to {_MOST_SECONDS}"
        )
    return int(text)


def _scenario(text: str) -> str:
    if text not in NAMES:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of: {', '.join(NAMES)}")
    return text


def _picture(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"{text!r} does not end in .png")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {str(path.parent)!r}")
    return path
