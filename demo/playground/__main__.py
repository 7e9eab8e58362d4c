"""``python -m demo.playground``: exchange and chat stay open, and you play trader and master.

In another terminal runs the real program: ``copytrader run --env-file demo/.env.test``, or with settings of your own that
name the same addresses.
"""

import argparse
import asyncio
import importlib.util
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

_MEND = ". .venv/bin/activate (after make install), or pip install 'kitecopytrader[demo]'"
#: Of the exchange; the chat has the next. Fixed, so that demo/.env.test can name them.
PORT = 8901
ENV_FILE = Path(__file__).resolve().parents[1] / ".env.test"
_FAILED = 1
_BEGIN = """\
The local exchange is at {kite}, the local chat at
{chat}. No account, no money, no network.
Now, in another terminal:  copytrader run --env-file demo/.env.test
(or, to play the wizard:   cp demo/.env.local .env && copytrader setup
                           and here: keys)
Then type here what you would do on the phone: /start. All else: help"""
_NOT_TYPED = "Nothing can be typed here, as the input is no terminal: it stays open until Ctrl-C or a signal."
#: On another port the two files above name nobody.
_BEGIN_ELSEWHERE = """\
The local exchange is at {kite}, the local chat at
{chat}. No account, no money, no network.
Now, in another terminal (and here: keys):
  sed 's/8901/{port}/; s/8902/{next_port}/' demo/.env.local > .env
  copytrader setup
Then type here what you would do on the phone: /start. All else: help"""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until the input ends, ``quit``, or a signal; return the exit status."""
    if importlib.util.find_spec("aiohttp") is None:
        sys.stderr.write(f"copytrader: the demo is not installed - run: {_MEND}\n")
        return _FAILED
    parser = argparse.ArgumentParser(
        prog="python -m demo.playground",
        description="Keeps a local exchange and a local chat open; you are trader and master.",
        epilog="Example: python -m demo.playground",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        help="of the exchange; the chat has the next (default: %(default)s, as demo/.env.test says)",
    )
    port: int = parser.parse_args(argv).port
    try:
        asyncio.run(_serve(port))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except OSError:
        sys.stderr.write(
            f"copytrader: port {port} or {port + 1} is taken, by another playground perhaps - end that, or choose "
            f"others with --port {port + 10} and put them into the settings\n"
        )
        return _FAILED
    return 0


async def _serve(port: int) -> None:
    # Only now: it needs the extra.
    from demo.playground.opened import open_playground  # noqa: PLC0415

    async with open_playground(
        ENV_FILE, show=_say, exchange_port=port, chat_port=port + 1
    ) as playground:
        begin = _BEGIN if port == PORT else _BEGIN_ELSEWHERE
        where = {"kite": playground.kite_url, "chat": playground.chat_url}
        _say(begin.format(**where, port=port, next_port=port + 1))
        async for line in _typed():
            if line.strip().lower() in {"quit", "exit"}:
                return
            for said in playground.table.do(line):
                _say(said)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _typed() -> AsyncIterator[str]:
    # Python has no `stdin` where it was closed; /dev/null cannot be waited on, and says nothing ever.
    kind = None if sys.stdin is None else os.fstat(sys.stdin.fileno()).st_mode
    if kind is None or (stat.S_ISCHR(kind) and not sys.stdin.isatty()):
        _say(_NOT_TYPED)
        await asyncio.Event().wait()
        return
    if stat.S_ISREG(kind):
        for line in sys.stdin:  # a file: the loop cannot wait on one, and need not
            yield line
        return
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line.decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
