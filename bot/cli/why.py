"""``copytrader why``: the whole story of one order or operation, from the journal."""

import argparse
import asyncio
import re
from datetime import date

from bot.cli.configuration import Configuration
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.json_history import WhyAnswer
from bot.cli.running import offline_reads
from engine.core.chat.story import Story
from engine.core.values.market import IST, OrderId
from engine.errors import CopyTraderError
from storage.queries import story

#: How bot/chat/looks.py names an answer that is in no journal.
_LOOK = re.compile(r"q[0-9a-f]{4}")


def why(args: argparse.Namespace, invocation: Invocation) -> int:
    """Tell the story, whether or not an instance runs; an unknown id is a failure.

    Raises:
        CopyTraderError: The id is not known, is a part of several, or the store cannot be read.
    """
    terminal = invocation.terminal
    data_dir = Configuration.read(args.env_file, invocation).used_places().data_dir

    def numbered(number: str) -> OrderId | None:
        reads = offline_reads(data_dir)
        return reads.order_numbered(number) if reads is not None else None

    with terminal.working("reading the store"):
        found = asyncio.run(story(data_dir, args.id, numbered))
    if found is None and _LOOK.fullmatch(args.id):
        raise CopyTraderError(
            f"{args.id} was a look, a question or a slip in the chat: the engine did nothing for it"
            " - ask for an order, or for an op id that does not begin with q"
        )
    if found is None:
        raise CopyTraderError(
            f"no order, tag or operation {args.id!r} is in {data_dir} - give an order id from Kite or its"
            " last digits, today's number of a card (#214), or the op id under an answer in the chat"
        )
    if args.json:
        terminal.show_json(WhyAnswer(story=found))
    else:
        _show(terminal, found)
    return ExitStatus.OK


def _show(terminal: Terminal, found: Story) -> None:
    terminal.say_folded("", found.title)
    width = max((len(line.who) for line in found.lines), default=0)
    day: date | None = None
    for line in found.lines:
        at = line.at.astimezone(IST)
        if at.date() != day:
            day = at.date()
            terminal.say(f"{day:%a %d %b %Y}, IST")
        lead = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}  {line.who:<{width}}  "
        terminal.say_folded(lead, line.text)
