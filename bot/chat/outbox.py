"""The only sender. Whoever has something to say leaves it here and goes on.

Nothing that trades or handles a command ever waits for Telegram: a flood wait holds one chat, an
outage holds the sending, and both leave the rest of the program untouched.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Collection
from datetime import datetime

from bot.chat.captions import captioned
from bot.chat.card_board import CardBoard
from bot.chat.delivery import Delivery
from bot.chat.message import Message
from bot.chat.offer_board import OfferBoard
from bot.chat.people import People
from bot.chat.post_lines import PostLines, loop_time
from bot.chat.posts import (
    Alert,
    Card,
    Deletion,
    Edit,
    Erase,
    Photo,
    Post,
    PostQueue,
    Rank,
    Redraw,
    Say,
    Strip,
)
from bot.chat.settings import Pacing
from bot.chat.settling import Settling
from bot.chat.speaker import Speaker
from engine.clock import Clock
from engine.control import ControlDesk
from engine.core.values.alert_levels import AlertLevel
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.panic import is_panic_topic

_log = logging.getLogger(__name__)

_RANKS = {Severity.CRITICAL: Rank.CRITICAL, Severity.ERROR: Rank.ERROR}


class Outbox:
    """Keeps what is to be said, says it in order of rank, and reports what was delivered.

    Args:
        delivery: Makes the calls.
        desk: Cards are drawn from it, deliveries are reported to it.
        clock: Tells how late a message is.
        people: Who is told what, asked again when it leaves: somebody who was sent away meanwhile is
            told nothing more.
        pacing: Waits; tests shorten them.

    Attributes:
        live: Which cards are the newest of their chats, and so are kept up to date.
    """

    def __init__(
        self,
        delivery: Delivery,
        desk: ControlDesk,
        clock: Clock,
        *,
        people: People,
        pacing: Pacing | None = None,
    ) -> None:
        self._delivery = delivery
        self._desk = desk
        self._clock = clock
        self._people = people
        self._pacing = pacing or Pacing()
        self._lines = PostLines(people, clock)
        self._board = CardBoard(people.desk_of, people.is_owner)
        self._settling = Settling(self._lines, self._board, desk, clock, self._pacing)
        self.live = self._settling.live
        offers = OfferBoard(desk, may_press=people.is_owner)
        self._speaker = Speaker(delivery, self._board, offers, clock, self._is_silent)
        self._answers: deque[tuple[str, str]] = deque(maxlen=200)
        self._answers_wake = asyncio.Event()

    def backlog(self) -> tuple[int, datetime | None]:
        """Return how many posts wait, and when what the oldest of them tells happened."""
        return self._lines.backlog()

    def offer(self, notice: Notice, *, chats: Collection[int] | None = None) -> None:
        """Take a notice for everybody it concerns. Returns at once; call it after the commit.

        Args:
            notice: What happened.
            chats: Where it was not noted as shown before a restart; all whom it concerns where not given.
        """
        again = chats is not None
        for chat_id in self._people.audience(notice) if chats is None else chats:
            if self._is_off(notice, chat_id):
                # It counts as shown: no restart shall bring it back.
                self._settling.report(notice, chat_id, 0, topic="")
            elif notice.kind is NoticeKind.CARD:
                # How far a /panic is waits for nothing, and is never left out.
                rank = Rank.REPLY if is_panic_topic(notice.topic) else Rank.CARD
                self._lines.put(rank, chat_id, Card(notices=(notice,)), at=notice.at)
            elif notice.kind is NoticeKind.OFFER:
                self._lines.put(Rank.REPLY, chat_id, Redraw(notice=notice), at=notice.at)
            else:
                rank = _RANKS.get(notice.severity, Rank.ALERT)
                self._lines.put(rank, chat_id, Alert(notice=notice), at=notice.at, may_repeat=again)

    def _is_off(self, notice: Notice, chat_id: int) -> bool:
        """Return whether a person wants nothing of this kind; the end of an offer is always drawn."""
        if notice.kind is NoticeKind.OFFER:
            return False
        chosen = self._desk.alerts_of(chat_id)
        return chosen.loudness(notice, at=self._clock.now()) is AlertLevel.OFF

    def _is_silent(self, notice: Notice, chat_id: int) -> bool:
        """Return whether a notice comes without sound in a chat now."""
        chosen = self._desk.alerts_of(chat_id)
        return chosen.loudness(notice, at=self._clock.now()) is not AlertLevel.ON

    def tell_admins(self, message: Message) -> None:
        """Say something of the chat's own to owners and operators; it is not a notice of the engine."""
        for chat_id in self._people.staff():
            self._lines.put(Rank.ERROR, chat_id, Say(message=message))

    def reply(self, chat_id: int, message: Message, *, deletion: Deletion | None = None) -> None:
        """Answer a person; ``deletion`` adds a line on what became of their own message."""
        if chat_id in self._settling.shut:
            # Whoever writes has opened the chat again.
            self._settling.shut.discard(chat_id)
            self._lines.release(chat_id)
        self._lines.put(Rank.REPLY, chat_id, Say(message=message, deletion=deletion))

    def edit(self, chat_id: int, message_id: int, message: Message) -> None:
        """Replace a message of ours and its buttons."""
        self._lines.put(Rank.REPLY, chat_id, Edit(message_id=message_id, message=message))

    def strip(self, chat_id: int, message_id: int) -> None:
        """Take the buttons off a message of ours; its words stay."""
        self._lines.put(Rank.REPLY, chat_id, Strip(message_id=message_id))

    def keep_up(self, chat_id: int, message_id: int, message: Message) -> None:
        """Draw a card anew if nothing newer was said by then; where it is gone nothing is said."""
        edit = Edit(message_id=message_id, message=message, keeps_up=True)
        self._lines.put(Rank.CARD, chat_id, edit)

    def photo(
        self,
        chat_id: int,
        png: bytes,
        message: Message,
        *,
        instead: Message | None = None,
        message_id: int | None = None,
    ) -> None:
        """Show a picture with a text below it, or the text alone where it cannot be shown.

        Args:
            chat_id: Where.
            png: The picture, at most 10 MB (Telegram Bot API, sendPhoto).
            message: The text; what is longer than a caption follows as messages of its own.
            instead: What is said where the picture cannot be shown; the same text if not given.
            message_id: The message of ours that it takes the place of.
        """
        caption, rest = captioned(message)
        words = () if instead is None else (instead,)
        photo = Photo(png=png, caption=caption, rest=rest, instead=words, message_id=message_id)
        self._lines.put(Rank.REPLY, chat_id, photo)

    def go_on(self) -> None:
        """Say at once what waits because Telegram was not reached: it is now. Flood waits stand."""
        self._settling.reached()
        self._lines.go_on()

    def delete(self, chat_id: int, message_id: int) -> Deletion:
        """Delete a message; how it ended appears in the returned value."""
        deletion = Deletion()
        self._lines.put(Rank.REPLY, chat_id, Erase(message_id=message_id, deletion=deletion))
        return deletion

    def answer(self, query_id: str, text: str = "") -> None:
        """Answer a tap; never held by a flood wait of the chat."""
        self._answers.append((query_id, text[:200]))
        self._answers_wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for queue in self._lines:
                tasks.create_task(self._send_posts(queue))
            tasks.create_task(self._send_answers())

    async def drain(self) -> None:
        """Send what may be sent now, for the end of the program, under the caller's time limit."""
        for queue in self._lines:
            while (post := queue.take(loop_time())) is not None:
                await self._send(post)

    async def _send_posts(self, queue: PostQueue) -> None:
        while True:
            await self._send(await self._lines.next(queue))

    async def _send_answers(self) -> None:
        while True:
            await self._answers_wake.wait()
            self._answers_wake.clear()
            while self._answers:
                # Whatever becomes of it: an answer that failed is worth nothing a second later.
                await self._delivery.answer(*self._answers.popleft())

    async def _send(self, post: Post) -> None:
        try:
            if not self._is_due(post):
                return
            outcome = await self._speaker.attempt(post)
        except asyncio.CancelledError:
            # Stopped in the middle: rather twice than never.
            post.may_repeat = True
            self._lines.put_back(post)
            raise
        except Exception as error:  # noqa: BLE001 - one post must not end the sending of all others
            _log.error(
                "post dropped", extra={"action": "chat_send", "reason": type(error).__name__}
            )
            self._settling.name_unshown(post)
            return
        self._settling.settle(post, outcome)

    def _is_due(self, post: Post) -> bool:
        """Return whether it is to be said now; what is too soon goes back."""
        if not self._is_for_him_still(post):
            return False
        if self._too_soon(post):
            self._lines.put_back(post)
            return False
        return not self._is_overtaken(post)

    def _is_for_him_still(self, post: Post) -> bool:
        """Return whether somebody may be told this as what he is by now."""
        if isinstance(post.what, Alert | Redraw):
            return self._people.hears(post.chat_id, post.what.notice)
        if isinstance(post.what, Card):
            return self._people.hears(post.chat_id, post.what.newest)
        now = self._people.standing(post.chat_id)
        return now is not None and now == post.standing

    def _too_soon(self, post: Post) -> bool:
        """Push a card back whose message was changed a moment ago."""
        if not isinstance(post.what, Card):
            return False
        last = self._board.last_drawn(post.chat_id, post.what.newest.topic)
        post.ready_at = 0.0 if last is None else last + self._pacing.card_gap_s
        return post.ready_at > loop_time()

    def _is_overtaken(self, post: Post) -> bool:
        """Return whether it would only keep up a card above which something newer was said."""
        match post.what:
            case Edit(message_id=message_id, keeps_up=True):
                return not self.live.is_live(post.chat_id, message_id)
            case _:
                return False
