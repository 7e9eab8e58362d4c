"""The only sender. Whoever has something to say leaves it here and goes on.

Nothing that trades or handles a command ever waits for Telegram: a flood wait holds one chat, an
outage holds the sending, and both leave the rest of the program untouched.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from bot.chat.captions import captioned
from bot.chat.card_board import CardBoard
from bot.chat.delivery import Delivered, Delivery, Failed, Gone, Held, Outcome, Refused, Shut
from bot.chat.live_cards import LiveCards
from bot.chat.message import Message
from bot.chat.offer_board import OfferBoard
from bot.chat.people import People
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
)
from bot.chat.render import left_out, note
from bot.chat.settings import Pacing
from bot.chat.speaker import Speaker
from engine.clock import Clock
from engine.control import ControlDesk
from engine.core.values.alert_levels import AlertLevel
from engine.core.values.control import NoticeDelivered, Requester
from engine.core.values.notices import Notice, NoticeKind, Severity
from engine.core.values.panic import is_panic_topic

_log = logging.getLogger(__name__)

#: Who asks when the outbox itself reports a delivery.
OUTBOX = Requester(user_id=0, name="chat")

_RANKS = {Severity.CRITICAL: Rank.CRITICAL, Severity.ERROR: Rank.ERROR}
#: A picture that could not be delivered so often is left out; its text goes the way of all texts.
PICTURE_TRIES = 3
#: How long a chat that the person has shut is left alone; a word of theirs opens it sooner.
SHUT_S = 60.0


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
        self._queue = PostQueue()
        self.live = LiveCards()
        # Apart, and sent by a task of its own: nothing that is said waits for an upload.
        self._pictures = PostQueue()
        self._board = CardBoard(people.desk_of, people.is_owner)
        offers = OfferBoard(desk, may_press=people.is_owner)
        self._speaker = Speaker(delivery, self._board, offers, clock, self._is_silent)
        self._answers: deque[tuple[str, str]] = deque(maxlen=200)
        self._posts_wake = asyncio.Event()
        self._pictures_wake = asyncio.Event()
        self._answers_wake = asyncio.Event()
        self._failures = 0
        self._shut: set[int] = set()

    def backlog(self) -> tuple[int, datetime | None]:
        """Return how many posts wait, and when what the oldest of them tells happened."""
        oldest = (self._queue.oldest_at, self._pictures.oldest_at)
        waiting = len(self._queue) + len(self._pictures)
        return waiting, min((at for at in oldest if at is not None), default=None)

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
                self._report(notice, chat_id, 0, topic="")
            elif notice.kind is NoticeKind.CARD:
                # How far a /panic is waits for nothing, and is never left out.
                rank = Rank.REPLY if is_panic_topic(notice.topic) else Rank.CARD
                self._put(rank, chat_id, Card(notices=(notice,)), at=notice.at)
            elif notice.kind is NoticeKind.OFFER:
                self._put(Rank.REPLY, chat_id, Redraw(notice=notice), at=notice.at)
            else:
                rank = _RANKS.get(notice.severity, Rank.ALERT)
                self._put(rank, chat_id, Alert(notice=notice), at=notice.at, may_repeat=again)

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
            self._put(Rank.ERROR, chat_id, Say(message=message))

    def reply(self, chat_id: int, message: Message, *, deletion: Deletion | None = None) -> None:
        """Answer a person; ``deletion`` adds a line on what became of their own message."""
        if chat_id in self._shut:
            # Whoever writes has opened the chat again.
            self._shut.discard(chat_id)
            for queue in (self._queue, self._pictures):
                queue.release(chat_id)
        self._put(Rank.REPLY, chat_id, Say(message=message, deletion=deletion))

    def edit(self, chat_id: int, message_id: int, message: Message) -> None:
        """Replace a message of ours and its buttons."""
        self._put(Rank.REPLY, chat_id, Edit(message_id=message_id, message=message))

    def keep_up(self, chat_id: int, message_id: int, message: Message) -> None:
        """Draw a card anew if nothing newer was said by then; where it is gone nothing is said."""
        edit = Edit(message_id=message_id, message=message, keeps_up=True)
        self._put(Rank.CARD, chat_id, edit)

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
        self._put(Rank.REPLY, chat_id, photo)

    def delete(self, chat_id: int, message_id: int) -> Deletion:
        """Delete a message; how it ended appears in the returned value."""
        deletion = Deletion()
        self._put(Rank.REPLY, chat_id, Erase(message_id=message_id, deletion=deletion))
        return deletion

    def answer(self, query_id: str, text: str = "") -> None:
        """Answer a tap; never held by a flood wait of the chat."""
        self._answers.append((query_id, text[:200]))
        self._answers_wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_posts(self._queue, self._posts_wake))
            tasks.create_task(self._send_posts(self._pictures, self._pictures_wake))
            tasks.create_task(self._send_answers())

    async def drain(self) -> None:
        """Send what may be sent now, for the end of the program, under the caller's time limit."""
        for queue in (self._queue, self._pictures):
            while (post := queue.take(_now())) is not None:
                await self._send(post)

    def _put(
        self,
        rank: Rank,
        chat_id: int,
        what: Say | Alert | Redraw | Edit | Erase | Card | Photo,
        *,
        at: datetime | None = None,
        may_repeat: bool = False,
    ) -> None:
        post = Post(rank=rank, chat_id=chat_id, at=at or self._clock.now(), what=what)
        post.may_repeat = may_repeat
        post.standing = self._people.standing(chat_id)
        self._queue_of(post).add(post)
        (self._pictures_wake if isinstance(what, Photo) else self._posts_wake).set()

    def _queue_of(self, post: Post) -> PostQueue:
        return self._pictures if isinstance(post.what, Photo) else self._queue

    async def _send_posts(self, queue: PostQueue, wake: asyncio.Event) -> None:
        while True:
            post = queue.take(_now())
            if post is not None:
                await self._send(post)
                continue
            wake.clear()
            try:
                async with asyncio.timeout(queue.wait(_now())):
                    await wake.wait()
            except TimeoutError:
                continue

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
            self._queue_of(post).put_back(post)
            raise
        except Exception as error:  # noqa: BLE001 - one post must not end the sending of all others
            _log.error(
                "post dropped", extra={"action": "chat_send", "reason": type(error).__name__}
            )
            self._name_unshown(post)
            return
        self._settle(post, outcome)

    def _is_due(self, post: Post) -> bool:
        """Return whether it is to be said now; what is too soon goes back."""
        if not self._is_for_him_still(post):
            return False
        if self._too_soon(post):
            self._queue.put_back(post)
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

    def _settle(self, post: Post, outcome: Outcome) -> None:
        """Do what the end of an attempt asks for."""
        match outcome:
            case Delivered(message_id=message_id):
                self._delivered(post, message_id)
            case Refused():
                self._settle_deletion(post, done=False)
                self._give_up_redraw(post)
                self._name_unshown(post)
                self._say_caption(post)
            case Shut():
                self._settle_deletion(post, done=False)
                self._leave_alone(post)
            case Held(seconds=seconds):
                for queue in (self._queue, self._pictures):
                    queue.hold(post.chat_id, _now() + seconds)
                self._queue_of(post).put_back(post)
            case Failed(may_repeat=may_repeat):
                self._retry_later(post, may_repeat=may_repeat)
            case Gone():
                self._say_anew(post)

    def _too_soon(self, post: Post) -> bool:
        """Push a card back whose message was changed a moment ago."""
        if not isinstance(post.what, Card):
            return False
        last = self._board.last_drawn(post.chat_id, post.what.newest.topic)
        post.ready_at = 0.0 if last is None else last + self._pacing.card_gap_s
        return post.ready_at > _now()

    def _is_overtaken(self, post: Post) -> bool:
        """Return whether it would only keep up a card above which something newer was said."""
        match post.what:
            case Edit(message_id=message_id, keeps_up=True):
                return not self.live.is_live(post.chat_id, message_id)
            case _:
                return False

    def _note_newest(self, post: Post, message_id: int) -> None:
        """Note what is the newest message of the chat, and whether it is kept up to date."""
        match post.what:
            case Edit(keeps_up=True) | Redraw() | Erase():
                return
            case Edit(message=message):
                if message.live:
                    self.live.shows(post.chat_id, message_id, at=_now())
                else:
                    # Something else has taken the card's place.
                    self.live.drop(post.chat_id, message_id)
            case Photo(message_id=int() as replaced):
                self.live.drop(post.chat_id, replaced)
            case Say(message=message):
                self.live.said(post.chat_id, message_id)
                if message.live:
                    self.live.shows(post.chat_id, message_id, at=_now())
            case Alert() | Card() | Photo():
                self.live.said(post.chat_id, message_id)

    def _delivered(self, post: Post, message_id: int) -> None:
        self._failures = 0
        self._shut.discard(post.chat_id)
        self._settle_deletion(post, done=True)
        self._note_newest(post, message_id)
        if isinstance(post.what, Card):
            for notice in post.what.notices:
                self._report(notice, post.chat_id, message_id, topic=notice.topic)
        elif isinstance(post.what, Alert | Redraw):
            # No topic: an alert about an order must not pass for the message of its card.
            self._report(post.what.notice, post.chat_id, message_id, topic="")
        elif isinstance(post.what, Photo):
            self._say_all(post.chat_id, post.what.rest)
        left = self._queue.dropped.pop(post.chat_id, 0)
        if left:
            summary = left_out(self._desk.status().venue, left)
            self._put(Rank.ALERT, post.chat_id, Say(message=summary))

    def _report(self, notice: Notice, chat_id: int, message_id: int, *, topic: str) -> None:
        delivered = NoticeDelivered(
            notice_id=notice.notice_id, topic=topic, chat_id=chat_id, message_id=message_id
        )
        self._desk.report(delivered, by=OUTBOX)

    @staticmethod
    def _settle_deletion(post: Post, *, done: bool) -> None:
        if isinstance(post.what, Erase):
            post.what.deletion.done = done

    def _retry_later(self, post: Post, *, may_repeat: bool) -> None:
        post.may_repeat = post.may_repeat or may_repeat
        if isinstance(post.what, Photo):
            self._retry_picture(post)
            return
        self._queue.put_back(post)
        wait = min(self._pacing.retry_max_s, self._pacing.retry_s * 2**self._failures)
        self._queue.pause(_now() + wait)
        self._failures = min(self._failures + 1, 10)
        if self._failures == 1:
            _log.warning("telegram not reached, messages wait", extra={"action": "chat_send"})

    def _retry_picture(self, post: Post) -> None:
        """Try a picture again, holding up nothing else; in the end its text is worth more."""
        post.tries += 1
        if post.tries >= PICTURE_TRIES:
            self._say_caption(post)
            return
        wait = min(self._pacing.retry_max_s, self._pacing.retry_s * 2**post.tries)
        post.ready_at = _now() + wait
        self._pictures.put_back(post)

    def _say_caption(self, post: Post) -> None:
        """Say what stands below a picture that cannot be shown."""
        if isinstance(post.what, Photo):
            words = post.what.instead or (post.what.caption, *post.what.rest)
            self._say_all(post.chat_id, words, at=post.at)

    def _say_all(
        self, chat_id: int, messages: tuple[Message, ...], *, at: datetime | None = None
    ) -> None:
        for message in messages:
            self._put(Rank.REPLY, chat_id, Say(message=message), at=at)

    def _leave_alone(self, post: Post) -> None:
        """Keep what happened until the person opens the chat again; answers are worth nothing then."""
        self._shut.add(post.chat_id)
        for queue in (self._queue, self._pictures):
            queue.hold(post.chat_id, _now() + SHUT_S)
        if isinstance(post.what, Alert | Card):
            self._queue.put_back(post)

    def _give_up_redraw(self, post: Post) -> None:
        """Count a message that cannot be drawn anew as done: its buttons do nothing any more."""
        if isinstance(post.what, Redraw):
            self._report(post.what.notice, post.chat_id, 0, topic="")

    def _name_unshown(self, post: Post) -> None:
        """Say that there was an alert which cannot be shown; it counts as not delivered."""
        if not isinstance(post.what, Alert):
            return
        notice = post.what.notice
        _log.error(
            "alert not shown",
            extra={"action": "chat_send", "alert": notice.notice_id, "text": notice.text},
        )
        text = (
            f"Alert {notice.notice_id} ({notice.severity.value}) cannot be shown here: Telegram does not "
            "take it. Its words are in the log."
        )
        html = note(notice.venue, text, now=self._clock.now(), mark="⚠️")
        self._put(Rank.ERROR, post.chat_id, Say(message=Message(html=html)))

    def _say_anew(self, post: Post) -> None:
        self._give_up_redraw(post)
        if isinstance(post.what, Edit) and post.what.keeps_up:
            self.live.drop(post.chat_id, post.what.message_id)
        elif isinstance(post.what, Edit):
            self.reply(post.chat_id, post.what.message)
        elif isinstance(post.what, Photo):
            self._put(Rank.REPLY, post.chat_id, replace(post.what, message_id=None), at=post.at)
        elif isinstance(post.what, Card):
            self._board.forget(post.chat_id, post.what.newest.topic)
            self._queue.put_back(post)


def _now() -> float:
    return asyncio.get_running_loop().time()
