"""Alerts by WhatsApp, through Twilio."""

import asyncio
import logging
from functools import partial
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from typing_extensions import override

from bot.channels.channel import AlertText, Channel, NotSent, Sent
from bot.channels.own_thread import OwnThread, StillBusyError
from bot.channels.words import shortened
from bot.settings.addresses import is_loopback
from bot.settings.channels import WhatsappSettings

#: Source: Twilio docs, Messages resource: a body of up to 1,600 characters.
MOST_CHARACTERS = 1_600
TIMEOUT_S = 15.0
_TWILIO = "https://api.twilio.com"
_TOO_MANY = 429
#: Twilio takes a message first and learns from WhatsApp afterwards, within seconds as a rule, that it
#: will not be shown; so its fate is asked for once (Twilio docs, Messages resource: status).
LOOK_AFTER_S = 5.0
_UNDER_WAY = frozenset({"accepted", "queued", "scheduled", "sending"})
_LOST = frozenset({"failed", "undelivered"})
# Twilio's numbers for what a person must mend (Twilio docs, error and warning dictionary).
_MENDS = {
    20003: "Twilio refuses WHATSAPP__TWILIO_SID or WHATSAPP__TWILIO_TOKEN - copy both again",
    21211: "Twilio takes no such receiver - correct WHATSAPP__TO",
    21608: "Twilio's trial account sends to verified numbers only - verify those in WHATSAPP__TO",
    63007: "Twilio knows no such WhatsApp sender - correct WHATSAPP__FROM",
    63015: "a receiver has not joined Twilio's sandbox - send it the join message from his phone",
    63016: "WhatsApp takes free text only for 24 h after the receiver's last message - have him"
    " write to the sender, or join the sandbox again",
}


class _ElsewhereClient(TwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """Twilio's own HTTP client with another server in the place of the one the SDK has built in."""

    def __init__(self, api_url: str) -> None:
        super().__init__(timeout=TIMEOUT_S)
        self._api_url = api_url
        if self.session is not None and is_loopback(urlsplit(api_url).hostname or ""):
            # A proxy of the environment must not stand before a server on this machine.
            self.session.trust_env = False

    @override
    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        if url.startswith(_TWILIO):
            url = f"{self._api_url}{url.removeprefix(_TWILIO)}"
        return super().request(method, url, params, data, headers, auth, timeout, allow_redirects)


class WhatsappChannel(Channel):
    """Sends each alert to every number; those who have one are not sent it again.

    Args:
        settings: Twilio's account and the numbers.
        look_after_s: Seconds after which it is asked what became of a message.
    """

    name = "whatsapp"
    title = "WhatsApp"

    def __init__(self, settings: WhatsappSettings, *, look_after_s: float = LOOK_AFTER_S) -> None:
        self._look_after_s = look_after_s
        # It would write every request.
        logging.getLogger("twilio").setLevel(logging.WARNING)
        self._settings = settings
        self._client = Client(
            settings.sid,
            settings.token.reveal(),
            http_client=_ElsewhereClient(settings.api_url),
            # Not empty, or the SDK reads the process's: a region there would change the server.
            environment={"TWILIO_REGION": "", "TWILIO_EDGE": ""},
        )
        self._thread: OwnThread[MessageInstance] = OwnThread("whatsapp")
        self._reached: tuple[str, set[str]] = ("", set())

    @override
    async def send(self, text: AlertText) -> Sent | NotSent:
        if self._reached[0] != text.key:
            self._reached = (text.key, set())
        reached = self._reached[1]
        body = shortened(text.body, MOST_CHARACTERS)
        failures: dict[str, NotSent] = {}
        under_way: dict[str, str] = {}
        for number in self._settings.to:
            if number in reached:
                continue
            outcome = await self._send_to(number, body)
            if isinstance(outcome, NotSent):
                failures[number] = outcome
                continue
            reached.add(number)
            if outcome.status in _UNDER_WAY and outcome.sid:
                under_way[number] = outcome.sid
        for number, lost in (await self._lost_of(under_way)).items():
            reached.discard(number)
            failures[number] = lost
        if not failures:
            return Sent()
        first = next(iter(failures.values()))
        if reached and all(one.lasting for one in failures.values()):
            return Sent(but=f"not to {', '.join(failures)}: {first.why}")
        return first

    @override
    async def close(self) -> None:
        return

    async def _lost_of(self, under_way: dict[str, str]) -> dict[str, NotSent]:
        """Return which of the messages on their way WhatsApp has not taken, by number."""
        if not under_way:
            return {}
        await asyncio.sleep(self._look_after_s)
        lost = {}
        for number, sid in under_way.items():
            try:
                message = await self._thread.call(self._client.messages(sid).fetch)
            except (StillBusyError, TwilioException, requests.RequestException):
                continue  # it was taken; what became of it stays unknown
            if message.status in _LOST:
                lost[number] = _not_taken(int(message.error_code or 0))
        return lost

    async def _send_to(self, number: str, body: str) -> NotSent | MessageInstance:
        try:
            return await self._thread.call(partial(self._create, number, body))
        except StillBusyError:
            return NotSent(why="Twilio has not answered the message before", may_have_arrived=True)
        except TwilioRestException as error:
            return _refused(error)
        except requests.ConnectionError:
            return NotSent(why="Twilio is not reached")
        except (requests.RequestException, TwilioException) as error:
            why = f"Twilio did not answer ({type(error).__name__})"
            return NotSent(why=why, may_have_arrived=True)

    def _create(self, number: str, body: str) -> MessageInstance:
        """Hand one message to Twilio; in a thread of its own, for it blocks."""
        return self._client.messages.create(
            from_=f"whatsapp:{self._settings.sender}", to=f"whatsapp:{number}", body=body
        )


def _not_taken(code: int) -> NotSent:
    mend = _MENDS.get(code, "see Twilio's list of errors")
    return NotSent(why=f"WhatsApp did not take the message (error {code}): {mend}", lasting=True)


def _refused(error: TwilioRestException) -> NotSent:
    """Put a refusal into words of ours: Twilio's quote the request."""
    code, status = error.code or 0, int(error.status)
    if status == _TOO_MANY:
        return NotSent(why="Twilio takes no more for now (429)")
    if status >= 500:
        return NotSent(why=f"Twilio has trouble of its own ({status})", may_have_arrived=True)
    mend = _MENDS.get(code)
    if mend is None and status == 401:
        mend = _MENDS[20003]
    return NotSent(
        why=f"{mend} ({code})"
        if mend
        else f"Twilio refuses the message ({status}, error {code})"
        " - see its list of errors and the WHATSAPP__ settings",
        lasting=True,
    )
