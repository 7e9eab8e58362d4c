"""An independent Bot API server and a person in front of it."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import parse_qsl

from aiohttp import StreamReader, web
from lo_bot_api_emulator import LoBotApiEmulator

from bot.chat.app import ChatBot, ChatSettings, Pacing
from engine.core.values.secrets import Secret
from tests.bot_chat.chat_fakes import FakeDesk, ManualClock

TOKEN = "7000000001:AAcanaryTOKENcanaryTOKENcanaryTOKEN1"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OWNER = 4001
SECOND = 4002
STRANGER = 9999
FAST = Pacing(card_gap_s=0.15, retry_s=0.02, retry_max_s=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call the bot made."""

    method: str
    fields: dict
    at: float
    status: int

    @property
    def text(self) -> str:
        return self.fields.get("text", "")

    @property
    def buttons(self) -> dict[str, dict]:
        markup = self.fields.get("reply_markup") or {}
        return {b["text"]: b for row in markup.get("inline_keyboard", ()) for b in row}

    @property
    def menu(self) -> list[str]:
        markup = self.fields.get("reply_markup") or {}
        return [
            b if isinstance(b, str) else b["text"] for r in markup.get("keyboard", ()) for b in r
        ]


class Server(LoBotApiEmulator):
    """The emulator with a user name, a memory of bodies, and failures on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.forced: dict[str, list[tuple[int, dict]]] = {}
        self.garbled: list[str] = []
        self.changed = asyncio.Condition()
        self.port = 0
        self._runner: web.AppRunner | None = None

    def force(self, method: str, status: int, *, times: int = 1, **more: object) -> None:
        body = {"ok": False, "error_code": status, "description": f"forced {status}", **more}
        self.forced.setdefault(method, []).extend([(status, body)] * times)

    def _refusal(self, method: str, _fields: dict) -> tuple[int, dict] | None:
        """Return what a call is refused with, and use that up; None where it is served."""
        waiting = self.forced.get(method)
        return waiting.pop(0) if waiting else None

    def garble(self, method: str) -> None:
        """Cut the next answer of this method off in the middle; the call is done all the same."""
        self.garbled.append(method)

    async def handle(self, request):
        method = request.match_info["method"]
        fields = _fields(request.content_type, request.headers, await _read(request))
        if "reply_markup" in fields:
            fields["reply_markup"] = json.loads(fields["reply_markup"])
        refusal = self._refusal(method, fields)
        if refusal is not None:
            status, body = refusal
            response = web.json_response(body, status=status)
        elif method == "getMe":
            me = {"id": 7, "is_bot": True, "first_name": "Copy", "username": "copy_bot"}
            response = web.json_response({"ok": True, "result": me})
        else:
            response = await super().handle(request)
        if method in self.garbled:
            self.garbled.remove(method)
            response = web.Response(body=response.body[:20], content_type="application/json")
        if method != "getUpdates":
            at = asyncio.get_running_loop().time()
            async with self.changed:
                self.calls.append(Call(method=method, fields=fields, at=at, status=response.status))
                self.changed.notify_all()
        return response

    def redeliver(self, update: dict) -> None:
        """Offer an update again, as to a process that was killed before it acknowledged it."""
        self._update_queues._state(TOKEN).updates.append(update)

    def waiting(self) -> int:
        """Return how many updates nobody acknowledged."""
        return len(self._update_queues._state(TOKEN).updates)

    async def start(self) -> None:
        self._runner = web.AppRunner(self.app(), shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


async def _read(request) -> bytes:
    """Return the body, and leave it there: the emulator reads multipart from the stream itself."""
    body = await request.read()
    again = StreamReader(request.protocol, 2**16, loop=asyncio.get_running_loop())
    again.feed_data(body)
    again.feed_eof()
    request._payload = again
    return body


def _fields(content_type: str, headers, body: bytes) -> dict:
    """Read a form; files of a multipart one stay bytes."""
    if content_type != "multipart/form-data":
        return dict(parse_qsl(body.decode()))
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + body, policy=HTTP).iter_parts()
    named = ((p.get_param("name", header="content-disposition"), p) for p in parts)
    read = ((name, part, part.get_payload(decode=True)) for name, part in named)
    return {name: body if part.get_filename() else body.decode() for name, part, body in read}


@dataclass
class Chat:
    """One admin's phone."""

    server: Server
    desk: FakeDesk
    clock: ManualClock
    bot: ChatBot
    seen: int = 0
    _ids: int = field(default=100)

    async def update(self, kind: str = "message", **payload: object) -> int:
        return await self.server.enqueue_update({kind: payload}, token=TOKEN)

    def message(self, text: str, *, user: int = OWNER, age: float = 0.0) -> dict:
        self._ids += 1
        return {
            "message_id": self._ids,
            "date": int(self.clock.now().timestamp() - age),
            "chat": {"id": user, "type": "private"},
            "from": {"id": user, "is_bot": False, "first_name": "Asha"},
            "text": text,
        }

    async def say(self, text: str, *, user: int = OWNER, age: float = 0.0) -> int:
        await self.update(**self.message(text, user=user, age=age))
        return self._ids

    async def tap(self, data: str, *, user: int = OWNER, message_id: int = 1) -> None:
        await self.update(
            "callback_query",
            id=f"q{self._ids}",
            chat_instance="1",
            data=data,
            **{"from": {"id": user, "is_bot": False, "first_name": "Asha"}},
            message={
                "message_id": message_id,
                "date": int(self.clock.now().timestamp()),
                "chat": {"id": user, "type": "private"},
                "text": "…",
            },
        )

    async def press(self, call: Call, label: str, *, user: int = OWNER) -> None:
        await self.tap(call.buttons[label]["callback_data"], user=user)

    async def next(self, *methods: str, status: int = 200) -> Call:
        """Return the next unseen call of these methods (sends and edits by default)."""
        wanted = methods or ("sendMessage", "editMessageText")
        async with asyncio.timeout(15), self.server.changed:
            while True:
                while self.seen < len(self.server.calls):
                    call = self.server.calls[self.seen]
                    self.seen += 1
                    if call.method in wanted and call.status == status:
                        return call
                await self.server.changed.wait()

    async def next_saying(self, words: str) -> Call:
        """Return the next unseen message with these words."""
        while words not in (call := await self.next()).text:
            pass
        return call

    async def ask(self, text: str, *, user: int = OWNER, age: float = 0.0) -> Call:
        await self.say(text, user=user, age=age)
        return await self.next()

    async def quiet(self) -> list[Call]:
        """Return unseen calls once a later command has been answered; it is not among them."""
        start = self.seen
        await self.say("/version")
        while "kitecopytrader" not in (await self.next()).text:
            pass
        return [c for c in self.server.calls[start : self.seen - 1] if c.method != "getMe"]


def settings(server: Server, **changes: object) -> ChatSettings:
    values = {
        "bot_token": Secret(TOKEN),
        "admins": frozenset({OWNER}),
        "api_url": f"http://127.0.0.1:{server.port}",
        "totp_secret": Secret(TOTP_SECRET),
        "require_totp": True,
    }
    return ChatSettings(**{**values, **changes})


@asynccontextmanager
async def running_bot(chat: Chat):
    """Run a bot until the block ends."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(chat.bot.run())
        try:
            yield chat
        finally:
            task.cancel()


@asynccontextmanager
async def a_chat(
    *,
    ready: bool = True,
    up: bool = True,
    pacing: Pacing = FAST,
    desk: FakeDesk | None = None,
    **changes: object,
):
    """A running bot against its own server."""
    server = Server()
    await server.start()
    if not up:
        await server.stop()
    desk, clock = desk or FakeDesk(), ManualClock()
    bot = ChatBot(desk, clock, settings(server, **changes), pacing=pacing)
    chat = Chat(server=server, desk=desk, clock=clock, bot=bot)
    try:
        async with running_bot(chat):
            if ready and up:
                await chat.next("setMyCommands")
            yield chat
    finally:
        await server.stop()
