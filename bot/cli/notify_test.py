"""``copytrader notify-test``: one test alert by every way that reaches people."""

import argparse
import asyncio
import importlib
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

import httpx

from bot.channels.channel import AlertText, Channel, NotSent, Sent
from bot.channels.forwarder import ATTEMPT_S
from bot.chat.times import clock_time
from bot.cli.configuration import Configuration, Places
from bot.cli.invocation import ExitStatus, Invocation, Terminal
from bot.cli.running import ask, field, offline_reads
from bot.control_socket import ControlError, NoAnswerError, NotRunningError
from bot.settings.addresses import is_loopback
from bot.settings.settings import Settings, TelegramSettings
from engine.core.values.market import IST, Venue
from engine.core.values.views import StatusView
from engine.errors import CopyTraderError

#: Every way there is, as it is called on the command line.
TELEGRAM = "telegram"
CHANNELS = (TELEGRAM, "email", "whatsapp", "discord", "apprise")
_TIMEOUT_S = 15.0


def notify_test(args: argparse.Namespace, invocation: Invocation) -> int:
    """Send the test alerts; 0 where every one was delivered.

    Raises:
        CopyTraderError: No such way is known or configured, or the settings are wrong.
    """
    configuration = Configuration.read(args.env_file, invocation)
    settings = configuration.settings()
    channels = _channels(settings, invocation)
    chosen = _chosen(args.channel, (TELEGRAM, *(one.name for one in channels)))
    text = _text(_venue(configuration.places()), invocation)
    asked = [channel for channel in channels if channel.name in chosen]
    telegram = settings.telegram if TELEGRAM in chosen else None
    delivered = asyncio.run(_try_all(telegram, asked, text, invocation.terminal))
    return ExitStatus.OK if delivered else ExitStatus.FAILED


def _channels(settings: Settings, invocation: Invocation) -> list[Channel]:
    # Imported late: no other command pays for the whole app.
    build = cast(
        "Callable[..., list[tuple[Channel, object]]]",
        importlib.import_module("bot.app.channels").configured_channels,
    )
    return [channel for channel, _ in build(settings.channels, invocation.clock)]


def _chosen(asked: str | None, configured: Sequence[str]) -> tuple[str, ...]:
    if asked is None:
        return tuple(configured)
    name = asked.lower()
    if name not in CHANNELS:
        raise CopyTraderError(f"no channel is named {asked!r} - there are: {', '.join(CHANNELS)}")
    if name not in configured:
        raise CopyTraderError(
            f"{name} is not configured - set its keys in .env, see docs/NOTIFICATION_SETUP.md"
        )
    return (name,)


def _venue(places: Places) -> Venue:
    """Return the mode, which every alert begins with; a new installation is in PAPER."""
    try:
        return field(ask(places, "status"), "status", StatusView).venue
    except NotRunningError:
        reads = offline_reads(places.data_dir)
        view = reads.status() if reads is not None else None
        return view.venue if view is not None else Venue.PAPER
    except (NoAnswerError, ControlError):
        return Venue.PAPER


def _text(venue: Venue, invocation: Invocation) -> AlertText:
    now = invocation.clock.now().astimezone(IST)
    head = f"{venue.label} · TEST alert of copytrader"
    return AlertText(
        key=f"test.{int(now.timestamp())}",
        headline=head,
        body=f"{head}\nNothing has happened: somebody ran copytrader notify-test.\n"
        f"{now:%d %b} {clock_time(now)} IST",
    )


async def _try_all(
    telegram: TelegramSettings | None,
    channels: Sequence[Channel],
    text: AlertText,
    terminal: Terminal,
) -> bool:
    results = []
    if telegram is not None:
        with terminal.working(f"sending by {TELEGRAM}"):
            outcome = await _by_telegram(telegram, text)
        results.append(_report(terminal, TELEGRAM, outcome))
    for channel in channels:
        with terminal.working(f"sending by {channel.name}"):
            try:
                async with asyncio.timeout(ATTEMPT_S):
                    outcome = await channel.send(text)
            except TimeoutError:
                outcome = NotSent(why=f"no answer in {ATTEMPT_S:.0f} s")
            await channel.close()
        results.append(_report(terminal, channel.name, outcome))
    return all(results)


def _report(terminal: Terminal, name: str, outcome: Sent | NotSent) -> bool:
    """Say how one went; what reached only some of its people counts as not delivered."""
    why = outcome.why if isinstance(outcome, NotSent) else outcome.but
    terminal.say(f"{name}: FAILED: {why}" if why else f"{name}: delivered")
    return not why


async def _by_telegram(settings: TelegramSettings, text: AlertText) -> Sent | NotSent:
    """Send to every admin's chat, one after the other."""
    if not settings.admins:
        return NotSent(why="TELEGRAM__ADMINS is empty, so nobody is told - add your numeric id")
    host = urlsplit(settings.api_url).hostname or ""
    url = f"{settings.api_url}/bot{settings.bot_token.reveal()}/sendMessage"
    failed = []
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=not is_loopback(host)) as http:
        for chat_id in settings.admins:
            why = await _to_chat(http, url, chat_id, text.body)
            if why:
                failed.append(f"{chat_id}: {why}")
    return NotSent(why="; ".join(failed)) if failed else Sent()


async def _to_chat(http: httpx.AsyncClient, url: str, chat_id: int, text: str) -> str:
    """Return why a message was not taken, and the mend; empty where it was."""
    try:
        answer = await http.post(url, data={"chat_id": str(chat_id), "text": text})
    except httpx.HTTPError as error:
        # Its text may hold the token: only its kind is told.
        return f"Telegram does not answer ({type(error).__name__}) - see the network"
    if answer.is_success:
        return ""
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND):
        return "the bot token is refused - copy TELEGRAM__BOT_TOKEN again from @BotFather"
    if answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.FORBIDDEN):
        return "the chat is not open - open the bot in Telegram and send /start"
    return f"Telegram does not take it now ({answer.status_code}) - try again in a minute"
