"""Exchange and chat, listening, as ``demo/.env.test`` names them."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp
from dotenv import dotenv_values

from demo.chat.conversation import Change, ChangeKind
from demo.chat.people import Person
from demo.chat.plain import plain_change
from demo.chat.server import ChatServer
from demo.exchange.build import demo_exchange
from demo.exchange.exchange import Exchange
from demo.exchange.server import ExchangeServer
from demo.playground.table import Table
from engine.clock import SystemClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """What is open, and what is played at it."""

    kite_url: str
    chat_url: str
    exchange: Exchange
    trader: Person
    table: Table


@asynccontextmanager
async def open_playground(
    env_file: Path, *, show: Callable[[str], None], exchange_port: int = 0, chat_port: int = 0
) -> AsyncIterator[Playground]:
    """Listen until the end of the block.

    Args:
        env_file: Names the bot's token, its owner and the secret of his codes.
        show: Told every line that the chat shows.
        exchange_port: 0 for any free one.
        chat_port: 0 for any free one.

    Raises:
        OSError: A port is taken.
    """
    settings = dotenv_values(env_file)
    clock = SystemClock()
    exchange = demo_exchange(clock.now, random.Random())  # noqa: S311 - a market, not a secret
    server = ExchangeServer(exchange, step_s=0.1)
    chat = ChatServer(token=settings["TELEGRAM__BOT_TOKEN"] or "", now=clock.now)
    trader = chat.user(int(settings["TELEGRAM__ADMINS"] or 0), "Trader")
    secret = settings["SECURITY__TOTP_SECRET"] or ""

    def tell(change: Change) -> None:
        if change.kind is ChangeKind.SHOWN and not change.message.from_bot:
            return  # it was typed here
        for line in plain_change(change):
            show(line)

    chat.on_change(tell)
    await server.start(port=exchange_port)
    try:
        await chat.start(port=chat_port)
        yield Playground(
            kite_url=server.api_url,
            chat_url=chat.api_url,
            exchange=exchange,
            trader=trader,
            table=Table(
                exchange,
                trader,
                bot_token=settings["TELEGRAM__BOT_TOKEN"] or "",
                code=lambda typed: pyotp.TOTP("".join(typed.split()) or secret).now(),
            ),
        )
    finally:
        await chat.stop()
        await server.stop()
