"""The HTTP below the bot: flood waits without warnings, and updates that cannot break the poll."""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

_log = logging.getLogger(__name__)

#: Wait after a 429 that names none, as proxies in front of a server give it.
_UNNAMED_WAIT_S = 5.0


class FloodWaitError(TelegramError):
    """Telegram asks for a pause (HTTP 429). Send nothing to that chat for ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"flood wait of {seconds:g} s")


class UnreadableReplyError(TelegramError):
    """The Bot API server answered with something that is not JSON. Try again later."""


class ChatRequest(HTTPXRequest):
    """The library's transport, except that a 429 becomes :class:`FloodWaitError`.

    The library's own error warns about its deprecated integer on each use.
    """

    @override
    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Send one request; raise :class:`FloodWaitError` where the reply asks for a pause."""
        code, payload = await super().do_request(*args, **kwargs)
        if code >= 400:
            seconds = _retry_after(payload)
            if seconds is not None or code == 429:
                raise FloodWaitError(_UNNAMED_WAIT_S if seconds is None else seconds)
        return code, payload

    @staticmethod
    @override
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read a reply without ever logging it: it may hold what a person typed."""
        try:
            read = json.loads(payload.decode("utf-8", "replace"))
        except ValueError as error:
            raise UnreadableReplyError("the reply is not JSON") from error
        if not isinstance(read, dict):
            raise UnreadableReplyError("the reply is not a JSON object")
        return read


class UpdatesRequest(ChatRequest):
    """The transport of ``getUpdates``: an update that cannot be parsed is emptied, not fatal.

    The library would refuse the whole batch, and get it again for ever.
    """

    @staticmethod
    @override
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read a batch of updates, keeping only the number of those that cannot be parsed."""
        read = ChatRequest.parse_json_payload(payload)
        result = read.get("result")
        if read.get("ok") and not isinstance(result, list):
            raise UnreadableReplyError("the updates are not a list")
        if isinstance(result, list):
            read["result"] = [_parsable(item) for item in result if _numbered(item)]
        return read


def _numbered(item: object) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("update_id"), int)


def _parsable(item: dict[str, Any]) -> dict[str, Any]:
    try:
        Update.de_json(item, None)
    except Exception as error:  # noqa: BLE001 - whatever the library trips over, the poll goes on
        _log.warning(
            "malformed update ignored",
            extra={"action": "chat_update", "reason": type(error).__name__},
        )
        return {"update_id": item["update_id"]}
    return item


def _retry_after(payload: bytes) -> float | None:
    """Read ``parameters.retry_after``, None where there is none (Telegram Bot API)."""
    try:
        return max(0.0, float(json.loads(payload)["parameters"]["retry_after"]))
    except (ValueError, KeyError, TypeError):
        return None
