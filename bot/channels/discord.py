"""Alerts to a Discord channel, by a webhook."""

import re
from urllib.parse import urlsplit

import httpx
from typing_extensions import override

from bot.channels.channel import AlertText, Channel, NotSent, Sent
from bot.channels.words import shortened
from bot.settings.addresses import is_loopback
from bot.settings.channels import DiscordSettings

#: Source: Discord docs, Execute Webhook: content up to 2,000 characters.
MOST_CHARACTERS = 2_000
TIMEOUT_S = 15.0
# What Discord would show as bold, code, a spoiler; and at the start of a line a quote or a heading.
_MARKUP = re.compile(r"([\\*_~`|]|^[>#])", re.MULTILINE)
_GONE = "Discord does not know the webhook any more - make a new one, see DISCORD__WEBHOOK_URL"


class DiscordChannel(Channel):
    """Posts each alert as one message; mentions in it notify nobody.

    Args:
        settings: The webhook.
    """

    name = "discord"
    title = "Discord"

    def __init__(self, settings: DiscordSettings) -> None:
        self._webhook = settings.webhook
        host = urlsplit(settings.webhook.reveal()).hostname or ""
        # A proxy of the environment must not stand before a server on this machine.
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=not is_loopback(host))

    @override
    async def send(self, text: AlertText) -> Sent | NotSent:
        content = shortened(_MARKUP.sub(r"\\\1", text.body), MOST_CHARACTERS)
        try:
            answer = await self._http.post(
                self._webhook.reveal(),
                # With it the answer comes once the message is there, or says why it is not.
                params={"wait": "true"},
                json={"content": content, "allowed_mentions": {"parse": []}},
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return NotSent(why="Discord is not reached")
        except httpx.HTTPError as error:
            # Its text may hold the address: only its kind is told.
            return NotSent(
                why=f"Discord did not answer ({type(error).__name__})", may_have_arrived=True
            )
        return _outcome(answer)

    @override
    async def close(self) -> None:
        await self._http.aclose()


def _outcome(answer: httpx.Response) -> Sent | NotSent:
    code = answer.status_code
    if answer.is_success:
        return Sent()
    if code == httpx.codes.TOO_MANY_REQUESTS:
        return NotSent(why="Discord takes no more for now (429)", wait_s=_asked_wait(answer))
    if code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
        return NotSent(why=f"{_GONE} ({code})", lasting=True)
    if answer.is_server_error:
        return NotSent(why=f"Discord has trouble of its own ({code})", may_have_arrived=True)
    return NotSent(
        why=f"Discord refuses the message ({code}) - see DISCORD__WEBHOOK_URL", lasting=True
    )


def _asked_wait(answer: httpx.Response) -> float:
    """Return the seconds that a 429 asks for: exact in the body, whole in the header."""
    try:
        body = answer.json()
        told = body.get("retry_after") if isinstance(body, dict) else None
        seconds = float(told if told is not None else answer.headers.get("retry-after", ""))
    except (ValueError, TypeError):
        return 5.0
    return max(0.0, seconds)
