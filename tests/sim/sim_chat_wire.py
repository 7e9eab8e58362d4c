"""A Telegram without a network: the local chat's core above which the library's own HTTP client runs.

Only the transport below the client is replaced; requests and answers are the bytes of the Bot API.
"""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx

from demo.chat.errors import ApiError, bad_request
from demo.chat.faults import CHAT_WRITES, Fault, FaultBoard, FaultKind
from demo.chat.long_poll import LongPoll
from demo.chat.messages import User
from demo.chat.methods import BotApi
from demo.chat.params import Params
from demo.chat.telegram import LocalTelegram
from demo.chat.updates import JsonObject
from tests.sim.sim_chat_plan import ChatTrouble
from tests.sim.virtual_loop import VirtualClock

_QUICK, _SLOW = 0.02, 0.15
_PAGE = b"<html><title>502</title></html>"
_BUSY = "Conflict: terminated by other getUpdates request"
_SAME = "message is not modified: specified new message content is the same"

#: Hears of a call that was carried out: (method, its parameters, HTTP status).
Heard = Callable[[str, dict[str, object], int], None]


@dataclass(slots=True)
class SimTelegram:
    """Telegram's side: it outlives every life of the program.

    Attributes:
        handed: Told of the numbers of updates as they reach the bot.
        heard: Told of every call that was carried out.
        confirmed: Told of the offset of every poll, as it arrives.
    """

    clock: VirtualClock
    rng: random.Random
    telegram: LocalTelegram = field(init=False)
    faults: FaultBoard = field(init=False)
    down_until: float = 0.0
    handed: Callable[[list[int]], None] = lambda _: None
    heard: Heard = lambda *_: None
    confirmed: Callable[[int], None] = lambda _: None
    struck: list[str] = field(default_factory=list)
    _api: BotApi = field(init=False)
    _poll: LongPoll = field(init=False)
    _odd: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bot = User(id=900_000_001, name="Copy trader", username="copytrader_bot", is_bot=True)
        self.telegram = LocalTelegram(bot=bot, now=self.clock.now)
        self.faults = FaultBoard(self.clock.now)
        self._api = BotApi(self.telegram)
        self._poll = LongPoll(self.telegram.updates)

    def begin(self, trouble: ChatTrouble) -> None:
        """Begin a fault."""
        seconds, calls = trouble.seconds, trouble.calls
        lasting = {"seconds": seconds}
        match trouble.kind:
            case "down":
                self.down_until = max(self.down_until, self.clock.monotonic() + seconds)
            case "outage":
                self.faults.add(Fault(kind=FaultKind.OUTAGE, **lasting))
            case "flood":
                self.faults.add(Fault(kind=FaultKind.FLOOD, **lasting))
            case "flood of all":
                every = frozenset({"getupdates", *CHAT_WRITES})
                self.faults.add(Fault(kind=FaultKind.FLOOD, methods=every, calls=calls))
            case "slow":
                self.faults.add(Fault(kind=FaultKind.SLOW, delay_s=2.0, **lasting))
            case "lost answer":
                self.faults.add(Fault(kind=FaultKind.LOST_ANSWER, calls=calls, delay_s=1.0))
            case "again":
                self.telegram.updates.rewind(0)
                self.struck.append("again")
            case kind:
                self._odd[kind] = self._odd.get(kind, 0) + calls

    def heal(self) -> None:
        """End every fault."""
        self.down_until = 0.0
        self.faults.clear()
        self._odd.clear()

    @property
    def is_troubled(self) -> bool:
        """Whether anything may go wrong with a call now."""
        return bool(
            self.faults._active
            or self.clock.monotonic() < self.down_until
            or any(self._odd.values())
        )

    async def answer(self, method: str, params: Params) -> tuple[int, bytes, bool]:
        """Carry a call out; return status, body, and whether the answer is lost."""
        hit = self.faults.take(method)
        lost = False
        try:
            if hit is not None:
                self.struck.append(hit.fault.kind.value)
                lost = await self._strike(hit.fault, hit.retry_after)
            self._strike_oddly(method, params)
            result = await self._call(method, params)
        except ApiError as error:
            self.heard(method, params.values, error.code)
            return error.code, _refusal(error), False
        self.heard(method, params.values, 200)
        body = json.dumps({"ok": True, "result": result}).encode()
        if self._takes("garbled answer"):
            body = body[: len(body) // 2]
        return 200, body, lost

    async def _strike(self, fault: Fault, wait: int) -> bool:
        match fault.kind:
            case FaultKind.FLOOD:
                raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
            case FaultKind.OUTAGE:
                raise ApiError(fault.status, "")
            case FaultKind.SLOW:
                await asyncio.sleep(fault.delay_s)
        return fault.kind is FaultKind.LOST_ANSWER

    def _strike_oddly(self, method: str, params: Params) -> None:
        name = method.lower()
        if self._takes("unauthorised"):
            raise ApiError(401, "Unauthorized")
        if name == "getupdates" and self._takes("conflict"):
            raise ApiError(409, _BUSY)
        if name == "editmessagetext":
            if self._takes("not modified"):
                raise bad_request(_SAME)
            if self._takes("not found"):
                raise bad_request("message to edit not found")
        marked = name == "sendmessage" and params.text("parse_mode")
        if marked and self._takes("bad markup"):
            raise bad_request("can't parse entities: unexpected end tag")

    def _takes(self, kind: str) -> bool:
        if not self._odd.get(kind):
            return False
        self._odd[kind] -= 1
        self.struck.append(kind)
        return True

    async def _call(self, method: str, params: Params) -> object:
        if method.lower() != "getupdates":
            return self._api.call(method, params)
        self.confirmed(params.integer("offset", 0))
        # Kinds that were not asked for come all the same, as those do that waited since before.
        asked = {name: value for name, value in params.values.items() if name != "allowed_updates"}
        return self._listed(await self._poll.get_updates(Params(values=asked)))

    def _listed(self, updates: list[JsonObject]) -> list[JsonObject]:
        if updates and self._takes("twice"):
            updates = [*updates, *updates]
        if len(updates) > 1 and self._takes("out of order"):
            updates = updates[::-1]
        return updates


class SimLine(httpx.AsyncBaseTransport):
    """One life's connections to Telegram.

    Attributes:
        dead: The process has been killed: what has left arrives, nothing comes back.
    """

    def __init__(self, sim: SimTelegram) -> None:
        self.dead = False
        self._sim = sim

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit("/", 1)[-1]
        params = Params(values=dict(parse_qsl((await request.aread()).decode())))
        try:
            async with asyncio.timeout(request.extensions["timeout"]["read"]):
                status, body = await self._talk(method, params, request)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        return httpx.Response(status, content=body, request=request)

    async def _talk(self, method: str, params: Params, request: httpx.Request) -> tuple[int, bytes]:
        sim = self._sim
        if self.dead:
            raise httpx.ConnectError("dead", request=request)
        await asyncio.sleep(self._latency())
        if self.dead or sim.clock.monotonic() < sim.down_until:
            if not self.dead:
                sim.struck.append("down")
            raise httpx.ConnectError("refused", request=request)
        status, body, lost = await sim.answer(method, params)
        if lost:
            await asyncio.sleep(1.0)
            raise httpx.ReadError("reset", request=request)
        await asyncio.sleep(self._latency())
        if self.dead:
            await asyncio.Event().wait()
        if method == "getUpdates" and status == 200:
            self._hand(body)
            if self.dead:
                await asyncio.Event().wait()
        return status, body

    def _hand(self, body: bytes) -> None:
        try:
            listed = json.loads(body)["result"]
        except ValueError:
            return
        if listed:
            self._sim.handed([update["update_id"] for update in listed])

    def _latency(self) -> float:
        return self._sim.rng.uniform(_QUICK, _SLOW)


def _refusal(error: ApiError) -> bytes:
    if error.code >= 500:
        return _PAGE
    body: JsonObject = {"ok": False, "error_code": error.code, "description": error.description}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
    return json.dumps(body).encode()
