"""What the doctor asks Telegram, and Kite's login page, only with ``--online``."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from bot.cli.check_lines import doubtful, failed, fine
from bot.settings.addresses import is_loopback
from bot.settings.settings import Settings
from bot.setup.kite_key import kite_key_fault
from engine.core.values.views import CheckLine

_TIMEOUT_S = 10.0
# Codes live 30 s and one to either side is accepted; Date has whole seconds.
_CLOCK_DOUBT = timedelta(seconds=5)
_CLOCK_WRONG = timedelta(seconds=30)


def telegram(settings: Settings, now: datetime) -> Iterable[CheckLine]:
    """Ask who the bot is; its token never appears in what is said."""
    api = settings.telegram.api_url
    host = urlsplit(api).hostname or ""
    try:
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=not is_loopback(host)) as client:
            answer = client.get(f"{api}/bot{settings.telegram.bot_token.reveal()}/getMe")
            body = answer.json()
    except httpx.HTTPError as error:
        yield failed(f"Telegram: {host} does not answer ({type(error).__name__}) - see the network")
        return
    except ValueError:
        yield failed(f"Telegram: {host} is no Bot API server - see TELEGRAM__API_URL")
        return
    if not isinstance(body, dict) or body.get("ok") is not True:
        yield failed(
            f"Telegram: the token is refused (HTTP {answer.status_code}) - copy it from @BotFather"
        )
        return
    result = body.get("result")
    name = result.get("username") if isinstance(result, dict) else None
    yield fine(f"Telegram: the bot is @{name}")
    yield from _clock(answer.headers.get("date"), now)


def kite_keys(settings: Settings) -> Iterable[CheckLine]:
    """Name each account whose api_key Kite does not know; the others need no line."""
    accounts = [settings.master, *(one.account for one in settings.followers)]
    with ThreadPoolExecutor(max_workers=len(accounts)) as threads:
        faults = threads.map(
            lambda one: kite_key_fault(settings.kite.login_url, one.api_key), accounts
        )
        for account, fault in zip(accounts, faults, strict=True):
            if fault is not None:
                yield failed(f"{account.name}: {fault.rstrip('.')} - put it in: copytrader setup")


def _clock(told: str | None, now: datetime) -> Iterable[CheckLine]:
    try:
        off = abs(now - parsedate_to_datetime(told or ""))
    except (TypeError, ValueError):
        return  # no date, or one without a zone: nothing to compare with
    if off > _CLOCK_WRONG:
        yield failed(f"clock: {off.total_seconds():.0f} s off Telegram's - set it, by NTP")
    elif off > _CLOCK_DOUBT:
        yield doubtful(f"clock: {off.total_seconds():.0f} s off Telegram's - use NTP")
