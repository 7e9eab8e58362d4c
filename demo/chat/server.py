"""The HTTP skin: a Bot API server on a local port that an unmodified bot can talk to."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from demo.chat.conversation import Change
from demo.chat.errors import ApiError
from demo.chat.faults import FaultBoard, FaultKind, Hit
from demo.chat.http_body import read_params, refusal
from demo.chat.long_poll import LongPoll
from demo.chat.messages import User
from demo.chat.methods import BotApi
from demo.chat.params import Params
from demo.chat.people import Person
from demo.chat.telegram import LocalTelegram
from demo.chat.updates import JsonObject

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
"""Source: Telegram Bot API, sendDocument: files up to 50 MB."""

KEPT_CALLS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One answered request: what the bot asked and what it was told.

    Attributes:
        method: As the bot spelt it.
        values: Its parameters without files.
        code: HTTP status of the answer.
        at: Aware time of the answer.
    """

    method: str
    values: dict[str, object]
    code: int
    at: datetime


class ChatServer:
    """A local Telegram with its Bot API on HTTP.

    What people said and what waits for the bot lives as long as this object: ``stop`` and ``start``
    play an outage in which connections are refused, and nothing is forgotten.

    Args:
        token: The bot's token; any other gets 401.
        now: Returns the present as an aware datetime.
        bot_id: Numeric id of the bot.
        bot_name: Name shown in the chat.
        bot_username: Without the ``@``.

    Attributes:
        faults: Switches for floods, outages and slow or lost answers.
        calls: The last answered requests, oldest first.
        telegram: The core: conversations and waiting updates.
    """

    def __init__(
        self,
        *,
        token: str,
        now: Callable[[], datetime],
        bot_id: int = 900_000_001,
        bot_name: str = "Copy trader",
        bot_username: str = "copytrader_demo_bot",
    ) -> None:
        bot = User(id=bot_id, name=bot_name, username=bot_username, is_bot=True)
        self.telegram = LocalTelegram(bot=bot, now=now)
        self.faults = FaultBoard(now)
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self._token = token
        self._api = BotApi(self.telegram)
        self._poll = LongPoll(self.telegram.updates)
        self._runner: web.AppRunner | None = None
        self._host = "127.0.0.1"
        self._port = 0

    @property
    def api_url(self) -> str:
        """Root of the API, in the place of ``https://api.telegram.org``; known once started."""
        return f"http://{self._host}:{self._port}"

    @property
    def commands(self) -> tuple[tuple[str, str], ...]:
        """The command menu that the bot set: name and description."""
        return self._api.commands

    def user(
        self, user_id: int, name: str, *, username: str | None = None, has_started: bool = True
    ) -> Person:
        """Return a scripted person; the same id twice is the same person in the same chat.

        Args:
            user_id: Numeric Telegram id, positive.
            name: First name, as shown.
            username: Without the ``@``.
            has_started: False for a stranger, to whom the bot may not write first.
        """
        user = User(id=user_id, name=name, username=username)
        self.telegram.join(user, has_started=has_started)
        return Person(self.telegram, user)

    def on_change(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call ``listener`` after every visible change; the returned function ends that."""
        return self.telegram.on_change(listener)

    def inject(self, kind: str, payload: JsonObject) -> int:
        """Queue any update, such as one from a group or a channel; returns its id."""
        return self.telegram.updates.add(kind, payload)

    def rewind(self, update_id: int) -> None:
        """Deliver everything from ``update_id`` again, as after a lost acknowledgement."""
        self.telegram.updates.rewind(update_id)

    @property
    def is_polled(self) -> bool:
        """Whether the bot hangs on the line right now, waiting for an update."""
        return self._poll.is_waiting

    async def until_polled(self, timeout_s: float) -> None:
        """Wait until the bot listens.

        Raises:
            TimeoutError: It did not within this many seconds; it is not running or cannot connect.
        """
        async with asyncio.timeout(timeout_s):
            await self._poll.until_waiting()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 takes a free one the first time and the same one after a ``stop``.

        Raises:
            OSError: The port is taken; choose another.
        """
        self._host = host
        app = web.Application(client_max_size=MAX_UPLOAD_BYTES)
        app.router.add_route("*", "/bot{token:[^/]+}/{method}", self._handle)
        # A poller that dies must stop waiting; the access log would print the token.
        runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0.2
        )
        await runner.setup()
        site = web.TCPSite(runner, host, port or self._port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and every connection; safe to call twice."""
        self._poll.stop()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.match_info["token"] != self._token:
            return refusal(ApiError(401, "Unauthorized"))
        params = Params()
        hit = self.faults.take(method)
        try:
            params = await read_params(request)
            if hit is not None:
                await self._strike(hit)
            result = await self._call(method, params)
        except ApiError as error:
            response = refusal(error)
        else:
            response = web.json_response({"ok": True, "result": result})
        self._record(method, params, response.status)
        if hit is not None and hit.fault.kind is FaultKind.LOST_ANSWER:
            await _lose_answer(request, hit.fault.delay_s)
        return response

    async def _strike(self, hit: Hit) -> None:
        match hit.fault.kind:
            case FaultKind.FLOOD:
                wait = hit.retry_after
                raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
            case FaultKind.OUTAGE:
                raise ApiError(hit.fault.status, "")
            case FaultKind.SLOW:
                await asyncio.sleep(hit.fault.delay_s)
            case FaultKind.LOST_ANSWER:
                pass

    async def _call(self, method: str, params: Params) -> object:
        if method.lower() == "getupdates":
            return await self._poll.get_updates(params)
        return self._api.call(method, params)

    def _record(self, method: str, params: Params, code: int) -> None:
        call = Call(method=method, values=params.values, code=code, at=self.telegram.now())
        self.calls.append(call)


async def _lose_answer(request: web.Request, delay_s: float) -> None:
    await asyncio.sleep(delay_s)
    if request.transport is not None:
        request.transport.abort()
