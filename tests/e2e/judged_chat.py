"""The real process in front of a Bot API server that is not ours, and many owners at their phones.

The server knows user names, keeps what was said, floods single chats and offers kinds of updates that
nobody asked for. Each owner has a burst of messages of his own, so that a test need not wait.
"""

import asyncio
import html
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.chat.gate import BURST, NEVER_THROTTLED, PER_SECOND
from demo.chat.errors import ApiError
from demo.chat.html_text import read_html
from demo.exchange.build import MASTER
from demo.exchange.instruments import Instrument
from demo.stage import Plan, Stage
from engine.clock import SystemClock
from tests.bot_chat.chat_server import TOKEN, TOTP_SECRET, Call
from tests.e2e.conftest import until
from tests.e2e.judged_server import JudgedServer

OWNERS = tuple(range(4001, 4009))
#: What does not wrap on a phone held upright, and what one message holds (Bot API, sendMessage).
COLUMNS, UNITS = 34, 4096
SAYS = ("sendMessage", "editMessageText", "sendPhoto", "editMessageMedia")
#: What comes by itself and answers nobody.
_BY_ITSELF = re.compile(r"COPY #\d|^alert \d+ · ", re.MULTILINE)
_PATIENCE_S = 15.0
#: Less than the gate lets through at once: some tests offer updates past these phones.
_MOST_AT_ONCE = BURST - 6


@dataclass
class JudgedChat:
    """The phones of all owners, and a look into the books and the store."""

    server: JudgedServer
    stage: Stage
    _count: int = field(default=0)
    #: Messages that each person may send at once, and when that was reckoned.
    _breath: dict[int, tuple[float, float]] = field(default_factory=dict)

    # -- what people do

    def message(self, text: str, *, user: int = OWNERS[0]) -> dict:
        self._count += 1
        return {
            "message_id": 10_000 + self._count,
            "date": int(SystemClock().now().timestamp()),
            "chat": {"id": user, "type": "private"},
            "from": {"id": user, "is_bot": False, "first_name": "Asha"},
            "text": text,
        }

    async def _draw_breath(self, user: int) -> None:
        """Wait until the gate hears this person again: it leaves unread what no thumb could have typed."""
        now = asyncio.get_running_loop().time
        left, since = self._breath.get(user, (_MOST_AT_ONCE, now()))
        left = min(_MOST_AT_ONCE, left + (now() - since) * PER_SECOND)
        if left < 1:
            await asyncio.sleep((1 - left) / PER_SECOND)
            left = 1.0
        self._breath[user] = (left - 1, now())

    async def say(self, text: str, *, user: int = OWNERS[0]) -> int:
        """Type a message; returns the number of the update."""
        if not text.startswith(NEVER_THROTTLED):
            await self._draw_breath(user)
        return await self.server.offer({"message": self.message(text, user=user)})

    async def tap(self, data: str, *, user: int = OWNERS[0]) -> str:
        """Tap a button with any data; returns the query's id."""
        await self._draw_breath(user)
        message = {**self.message("…", user=user), "message_id": 1}
        query = {
            "id": f"tap{self._count}",
            "chat_instance": "1",
            "data": data,
            "from": message["from"],
            "message": message,
        }
        await self.server.offer({"callback_query": query})
        return query["id"]

    async def ask(self, text: str, *, user: int = OWNERS[0]) -> Call:
        """Type a message and return the first answer in that chat."""
        since = len(self.server.calls)
        await self.say(text, user=user)
        return await self.answer(user, since=since, what=text)

    # -- what the server saw

    async def call(
        self, wanted: Any, *, since: int = 0, seconds: float = _PATIENCE_S, what: str = ""
    ) -> Call:
        """Return the first successful call from a point on that is wanted."""
        at = since
        try:
            async with asyncio.timeout(seconds), self.server.changed:
                while True:
                    for call in self.server.calls[at:]:
                        if call.status == 200 and wanted(call):
                            return call
                    at = len(self.server.calls)
                    await self.server.changed.wait()
        except TimeoutError:
            tail = self.stage.tail_of_log(15)
            raise AssertionError(f"no call in {seconds} s: {what}\n{tail}") from None

    async def answer(self, user: int, *words: str, since: int = 0, what: str = "") -> Call:
        """Return the first thing said in a chat that is an answer and has these words."""

        def wanted(call: Call) -> bool:
            text = said(call)
            mine = call.method in SAYS and call.fields.get("chat_id") == str(user)
            return mine and not _BY_ITSELF.search(text) and all(word in text for word in words)

        return await self.call(wanted, since=since, what=what or " ".join(words))

    async def told(self, *words: str, since: int = 0, user: int = OWNERS[0]) -> Call:
        """Return the first thing said in a chat with these words, asked for or not."""

        def wanted(call: Call) -> bool:
            mine = call.method in SAYS and call.fields.get("chat_id") == str(user)
            return mine and all(word in said(call) for word in words)

        return await self.call(wanted, since=since, what=f"told {words}")

    # -- what is true

    def records(self, kind: str, words: str = "") -> int:
        """Return how many durable records of a kind hold these words."""
        path = self.stage.plan.folder / "var" / "journal.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db, db:
            bodies = db.execute("SELECT body FROM records WHERE kind = ?", (kind,)).fetchall()
        return sum(words in body.decode() for (body,) in bodies)

    def master_trades(self, side: str, symbol: str, quantity: int = 5) -> str:
        return self.stage.exchange.place_from_app(
            MASTER,
            exchange="NSE",
            tradingsymbol=symbol,
            transaction_type=side,
            quantity=quantity,
            product="MIS",
        )

    # -- the way to work

    async def start(self) -> None:
        """Start the program and wait until it serves the chat."""
        since = len(self.server.calls)
        await self.stage.launch_program()
        await self.call(lambda call: call.method == "setMyCommands", since=since, what="a start")

    async def log_in(self, *, user: int = OWNERS[0]) -> list[str]:
        """Log in every account; return the request tokens that were pasted."""
        pasted = []
        since = len(self.server.calls)
        await self.say("/login", user=user)
        offer = await self.answer(user, "log in", since=since)
        for button in offer.buttons.values():
            if "url" not in button:
                continue
            since = len(self.server.calls)
            address = await self.stage.log_in_at_broker(button["url"])
            pasted.append(address)
            await self.say(address, user=user)
            await self.answer(user, "logged in", since=since)
        return pasted


#: The last line of an answer: the op id where something was changed, and the time in India.
_FOOT = re.compile(r"^(op \S+ · )?\d\d:\d\d:\d\d IST$")
#: What is put below it: marks of lateness, and what became of the person's own message.
_BELOW = re.compile(r"^(\(.*\)|.*your message.*)$")


def unfit(call: Call) -> list[str]:
    """Return what a trader would dislike about an answer; nothing where it is as it should be."""
    text, found = said(call), []
    if text.split(maxsplit=1)[0] not in {"PAPER", "LIVE"}:
        found.append("does not begin with the mode")
    if "something went wrong" in text:
        found.append("went wrong")
    try:
        read_html(text)
    except ApiError as error:
        found.append(f"broken markup: {error}")
    tables = re.findall(r"<pre>(.*?)</pre>", text, flags=re.DOTALL)
    lines = [html.unescape(line) for block in tables for line in block.split("\n")]
    found += [f"too wide: {line!r}" for line in lines if len(line) > COLUMNS]
    words = [line for line in text.split("\n") if not _BELOW.match(line)]
    if not words or not _FOOT.match(words[-1]):
        found.append("does not end with op and time")
    if len(text.encode("utf-16-le")) // 2 > UNITS:
        found.append("too long")
    return found


def said(call: Call) -> str:
    """Return what a call says, be it a text or the words below a picture."""
    if "media" in call.fields:
        return str(json.loads(call.fields["media"]).get("caption", ""))
    return call.text or str(call.fields.get("caption", ""))


@asynccontextmanager
async def judged_chat(
    folder: Path,
    *,
    followers: int = 2,
    instruments: Iterable[Instrument] | None = None,
    owners: Collection[int] = OWNERS,
    **settings: str,
) -> AsyncIterator[JudgedChat]:
    """Open a stage whose program is served by the independent server, in PAPER and logged in."""
    server = JudgedServer()
    await server.start()
    chat_settings = {
        "TELEGRAM__API_URL": f"http://127.0.0.1:{server.port}",
        "TELEGRAM__BOT_TOKEN": TOKEN,
        "TELEGRAM__ADMINS": ",".join(map(str, owners)),
        "SECURITY__TOTP_SECRET": TOTP_SECRET,
    }
    plan = Plan(
        folder=folder,
        followers=followers,
        instruments=instruments,
        settings={**chat_settings, **settings},
    )
    chat = JudgedChat(server=server, stage=Stage(plan))
    try:
        await chat.stage.open()
        await chat.start()
        yield chat
    finally:
        await chat.stage.close()
        await server.stop()


async def until_copying(chat: JudgedChat, count: int, *, active: bool, seconds: float = 10) -> None:
    """Wait until the store has so many switches of copying to on or off."""
    words = f'"active":{str(active).lower()}'
    await until(
        lambda: chat.records("CopyingSet", words) == count,
        seconds=seconds,
        what=f"copying switched {words} {count} times",
    )
