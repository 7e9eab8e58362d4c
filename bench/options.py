"""What ``python -m bench`` is asked for."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.accounts import Client

T = TypeVar("T")

#: The broker numbers accounts with four digits, and one machine has ports for nine connections each.
_MOST_FOLLOWERS = 1000
#: Milliseconds; a lane gives an order up after 7 s.
_MOST_DELAY_MS = 5000.0
_MOST_ROUNDS = 1000
_MOST_REST_S = 600.0
#: Beside these anything is measured: the program itself, and what its ratio is taken to.
_ALWAYS = (Client.PROGRAM, Client.FLOOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to measure.

    Attributes:
        followers: How many each client has, one stage after the other.
        rounds: Measured rounds per number of followers and delay; half are entries, half exits. None
            is twenty, and ten where there are more than a hundred followers.
        delays_ms: How long the broker takes to answer an order, milliseconds.
        rest_s: Seconds the program rests between its rounds, besides a second of chance.
        clients: What is measured, in the order of play.
        json: Where the figures are written; the picture goes beside it.
        quick: Without warm-up and rests, to see that it works; the figures mean little.
        profile: Followers of the program that is profiled instead; None where all is measured.
    """

    followers: tuple[int, ...]
    rounds: int | None
    delays_ms: tuple[float, ...]
    rest_s: float
    clients: tuple[Client, ...]
    json: Path
    quick: bool
    profile: int | None

    @property
    def picture(self) -> Path:
        """Where the picture goes."""
        return self.json.with_suffix(".png")


def read_options(arguments: Sequence[str]) -> Options:
    """Read the command line; ends the process with a line of help where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures stream frame -> last order on the wire, of the real program beside"
        " other copiers and bare sockets, in one run.",
        epilog="example: python -m bench --followers 1,10 --rounds 10 --delay-ms 20",
    )
    baselines = [client.value for client in Client if client not in _ALWAYS]
    parser.add_argument(
        "--followers", type=_list_of(_whole(1, _MOST_FOLLOWERS)), default=(1, 10, 100, 1000),
        metavar="N,N", help="numbers of followers (default 1,10,100,1000)",
    )  # fmt: skip
    parser.add_argument(
        "--rounds", type=_whole(2, _MOST_ROUNDS), default=None, metavar="N",
        help="rounds for each number and delay, half of them entries (default 20, of more than 100"
        " followers 10)",
    )  # fmt: skip
    parser.add_argument(
        "--delay-ms", type=_list_of(_number(_MOST_DELAY_MS, "milliseconds")), default=(0.0, 20.0), metavar="MS,MS",
        help="how long the broker takes to answer an order (default 0,20)",
    )  # fmt: skip
    parser.add_argument(
        "--rest-s", type=_number(_MOST_REST_S, "seconds"), default=1.0, metavar="S",
        help="how long the program rests between its rounds, besides a second of chance (default 1)",
    )  # fmt: skip
    parser.add_argument(
        "--against", type=_list_of(_client), default=tuple(map(Client, baselines)),
        metavar="NAME,NAME", help=f"which of {', '.join(baselines)}; the floor always is",
    )  # fmt: skip
    parser.add_argument(
        "--json", type=Path, default=Path("bench-result.json"), metavar="FILE",
        help="where the figures are written, with a picture beside it (default bench-result.json)",
    )  # fmt: skip
    parser.add_argument(
        "--quick", action="store_true",
        help="without warm-up and rests, to see that it works; the figures mean little",
    )  # fmt: skip
    parser.add_argument(
        "--profile", type=_whole(1, _MOST_FOLLOWERS), metavar="N",
        help="instead: say where the program's time goes with N followers",
    )  # fmt: skip
    found = parser.parse_args(arguments)
    if not found.json.parent.is_dir():
        parser.error(f"--json: there is no folder {found.json.parent}; make it first")
    return Options(
        followers=found.followers,
        rounds=found.rounds and found.rounds + found.rounds % 2,
        delays_ms=found.delay_ms,
        rest_s=found.rest_s,
        clients=tuple(each for each in Client if each in (*_ALWAYS, *found.against)),
        json=found.json,
        quick=found.quick,
        profile=found.profile,
    )


def _list_of(read: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    def read_list(text: str) -> tuple[T, ...]:
        return tuple(dict.fromkeys(read(part) for part in text.split(",")))

    return read_list


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.strip().isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return read


def _number(most: float, unit: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1
        if not 0 <= number <= most:
            raise argparse.ArgumentTypeError(
                f"{text!r} is no number of {unit} from 0 to {most:.0f}"
            )
        return number

    return read


def _client(text: str) -> Client:
    try:
        return Client(text.strip())
    except ValueError:
        names = ", ".join(client for client in Client if client not in _ALWAYS)
        raise argparse.ArgumentTypeError(f"{text!r} is no baseline: {names}") from None
