"""The few Bot API methods that pairing needs. Errors never carry the token, which is in the address."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from bot.settings.addresses import is_loopback
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError

_TIMEOUT_S = 10.0
_UNAUTHORISED = frozenset({401, 404})
_CONFLICT = 409

Update = Mapping[str, object]


class TelegramSilentError(CopyTraderError):
    """No usable answer. Try again, or go on without."""


class TokenRefusedError(CopyTraderError):
    """Telegram does not know this token. Ask for another."""


class TokenInUseError(CopyTraderError):
    """Another program reads this bot's messages. Stop it, or go on without."""


class BotApi(Protocol):
    """What is asked of Telegram."""

    def name(self) -> str:
        """Return the bot's name without the @."""
        ...

    def updates(self, offset: int, wait_s: int) -> Sequence[Update]:
        """Return messages from ``offset`` on, after at most ``wait_s`` seconds."""
        ...

    def tell(self, chat_id: int, text: str) -> None:
        """Send a text; whether it arrives does not matter."""
        ...


class HttpBotApi:
    """Implements :class:`BotApi`.

    Args:
        api_url: Any Bot API server, without ``/`` at the end.
        token: The bot's.
    """

    def __init__(self, api_url: str, token: Secret) -> None:
        self._host = urlsplit(api_url).hostname or ""
        self._root = Secret(f"{api_url}/bot{token.reveal()}")

    def name(self) -> str:
        """Return the bot's name without the @."""
        me = self._call("getMe", {})
        found = me.get("username") if isinstance(me, dict) else None
        if not isinstance(found, str):
            raise TelegramSilentError(f"{self._host} is no Bot API server - see TELEGRAM__API_URL")
        return found

    def updates(self, offset: int, wait_s: int) -> Sequence[Update]:
        """Return messages from ``offset`` on, after at most ``wait_s`` seconds."""
        found = self._call(
            "getUpdates", {"offset": offset, "timeout": wait_s, "allowed_updates": ["message"]}
        )
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def tell(self, chat_id: int, text: str) -> None:
        """Send a text; whether it arrives does not matter."""
        self._call("sendMessage", {"chat_id": chat_id, "text": text})

    def _call(self, method: str, fields: Mapping[str, object]) -> object:
        wait = fields.get("timeout")
        timeout = _TIMEOUT_S + (wait if isinstance(wait, int) else 0)
        try:
            with httpx.Client(timeout=timeout, trust_env=not is_loopback(self._host)) as client:
                answer = client.post(f"{self._root.reveal()}/{method}", json=fields)
        except httpx.HTTPError as error:
            raise TelegramSilentError(
                f"Telegram at {self._host} does not answer ({type(error).__name__}) - see the network"
            ) from None
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise TelegramSilentError(f"{self._host} is no Bot API server - see TELEGRAM__API_URL")
        if body.get("ok") is True:
            return body.get("result")
        if answer.status_code in _UNAUTHORISED:
            raise TokenRefusedError(
                "Telegram does not know this token - copy it again from @BotFather"
            )
        if answer.status_code == _CONFLICT:
            raise TokenInUseError(
                "another program reads this bot's messages - stop it (copytrader run, or a webhook)"
            )
        raise TelegramSilentError(
            f"Telegram at {self._host} refused (HTTP {answer.status_code}) - try again"
        )
