"""``python -m bench.growth``: measure everything that grows, show one table, write JSON."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bench.child import BenchError
from bench.growth.burst import bursts
from bench.growth.lines import Line, as_json, show
from bench.growth.memory import memory
from bench.growth.recovery import recovery
from bench.growth.starts import starts
from bench.machine import this_machine

_WHAT = ("recovery", "memory", "starts", "burst")


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("what", nargs="*", choices=(*_WHAT, []), help="all of them unless named")
    parser.add_argument("--orders", type=int, default=5000, help="of the master in the larger day")
    parser.add_argument("--followers", type=int, default=20, help="who copy that day")
    parser.add_argument("--days", type=int, default=30, help="that the memory is watched for")
    parser.add_argument("--burst", type=int, default=200, help="orders of the larger burst")
    parser.add_argument(
        "--keep", type=Path, help="where the journals of days are kept and found again"
    )
    parser.add_argument(
        "--json", type=Path, default=Path("growth-result.json"), help="every figure"
    )
    return parser.parse_args(arguments)


async def _measure(asked: argparse.Namespace, folder: Path, console: Console) -> list[Line]:
    kept = asked.keep or folder
    kept.mkdir(parents=True, exist_ok=True)
    lines: list[Line] = []
    for name in asked.what or _WHAT:
        console.print(f"{name} ...", highlight=False)
        match name:
            case "recovery":
                lines += await recovery(kept, asked.orders, asked.followers)
            case "memory":
                lines += await memory(asked.days)
            case "starts":
                lines += await starts(folder)
            case _:
                lines += await bursts(folder, asked.burst)
    return lines


def main() -> int:
    """Measure and return the exit status: 0; 1 where something could not be measured, 130 after Ctrl-C."""
    asked, console = _read(sys.argv[1:]), Console()
    with tempfile.TemporaryDirectory(prefix="kct-growth-") as place:
        folder = Path(place)
        machine = this_machine(folder)
        try:
            lines = asyncio.run(_measure(asked, folder, console))
        except (BenchError, OSError, TimeoutError) as error:
            sys.stderr.write(f"bench: {error}\n")
            return 1
        except KeyboardInterrupt:
            sys.stderr.write("bench: interrupted, nothing was written\n")
            return 130
    show(lines, machine, console)
    asked.json.write_text(json.dumps(as_json(lines, machine), indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
