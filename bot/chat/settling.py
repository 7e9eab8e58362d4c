"""What becomes of a post after an attempt to deliver it: noted, tried again, said otherwise, or left."""

import logging
from dataclasses import replace
from datetime import datetime

from bot.chat.card_board import CardBoard
from bot.chat.delivery import Delivered, Failed, Gone, Held, Outcome, Refused, Shut
from bot.chat.live_cards import LiveCards
from bot.chat.message import Message
from bot.chat.post_lines import PostLines, loop_time
from bot.chat.posts import Alert, Card, Edit, Erase, Photo, Post, Rank, Redraw, Say, Strip
from bot.chat.render import left_out, note
from bot.chat.settings import Pacing
from engine.clock import Clock
from engine.control import ControlDesk
from engine.core.values.control import NoticeDelivered, Requester
from engine.core.values.notices import Notice

_log = logging.getLogger(__name__)

#: Who asks when the outbox itself reports a delivery.
OUTBOX = Requester(user_id=0, name="chat")
#: A picture that could not be delivered so often is left out; its text goes the way of all texts.
PICTURE_TRIES = 3
#: How long a chat that the person has shut is left alone; a word of theirs opens it sooner.
SHUT_S = 60.0


class Settling:
    """Settles posts; whatever is to be said because of it joins the lines.

    Args:
        lines: Where posts wait.
        board: Which message shows which card.
        desk: Deliveries are reported to it.
        clock: Dates what is said anew.
        pacing: Waits between attempts.

    Attributes:
        live: Which cards are the newest of their chats, and so are kept up to date.
        shut: Chats that the person has shut.
    """

    def __init__(
        self,
        lines: PostLines,
        board: CardBoard,
        desk: ControlDesk,
        clock: Clock,
        pacing: Pacing,
    ) -> None:
        self.live = LiveCards()
        self.shut: set[int] = set()
        self._lines, self._board, self._desk = lines, board, desk
        self._clock, self._pacing = clock, pacing
        self._failures = 0

    def settle(self, post: Post, outcome: Outcome) -> None:
        """Do what the end of an attempt asks for."""
        match outcome:
            case Delivered(message_id=message_id):
                self._delivered(post, message_id)
            case Refused():
                self._settle_deletion(post, done=False)
                self._give_up_redraw(post)
                self.name_unshown(post)
                self._say_caption(post)
            case Shut():
                self._settle_deletion(post, done=False)
                self._leave_alone(post)
            case Held(seconds=seconds):
                self._lines.hold(post.chat_id, loop_time() + seconds)
                self._lines.put_back(post)
            case Failed(may_repeat=may_repeat):
                self._retry_later(post, may_repeat=may_repeat)
            case Gone():
                self._say_anew(post)

    def reached(self) -> None:
        """Note that Telegram answers: the next failure is a first one again."""
        self._failures = 0

    def _note_newest(self, post: Post, message_id: int) -> None:
        """Note what is the newest message of the chat, and whether it is kept up to date."""
        match post.what:
            case Edit(keeps_up=True) | Strip() | Redraw() | Erase():
                return
            case Edit(message=message):
                if message.live:
                    self.live.shows(post.chat_id, message_id, at=loop_time())
                else:
                    # Something else has taken the card's place.
                    self.live.drop(post.chat_id, message_id)
            case Photo(message_id=int() as replaced):
                self.live.drop(post.chat_id, replaced)
            case Say(message=message):
                self.live.said(post.chat_id, message_id)
                if message.live:
                    self.live.shows(post.chat_id, message_id, at=loop_time())
            case Alert() | Card() | Photo():
                self.live.said(post.chat_id, message_id)

    def _delivered(self, post: Post, message_id: int) -> None:
        self._failures = 0
        self.shut.discard(post.chat_id)
        self._settle_deletion(post, done=True)
        self._note_newest(post, message_id)
        if isinstance(post.what, Card):
            for notice in post.what.notices:
                self.report(notice, post.chat_id, message_id, topic=notice.topic)
        elif isinstance(post.what, Alert | Redraw):
            # No topic: an alert about an order must not pass for the message of its card.
            self.report(post.what.notice, post.chat_id, message_id, topic="")
        elif isinstance(post.what, Photo):
            self._say_all(post.chat_id, post.what.rest)
        left = self._lines.words.dropped.pop(post.chat_id, 0)
        if left:
            summary = left_out(self._desk.status().venue, left)
            self._lines.put(Rank.ALERT, post.chat_id, Say(message=summary))

    def report(self, notice: Notice, chat_id: int, message_id: int, *, topic: str) -> None:
        """Have the engine note that a notice stands in a chat; ``message_id`` 0: it needs no more showing."""
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
        self._lines.put_back(post)
        wait = min(self._pacing.retry_max_s, self._pacing.retry_s * 2**self._failures)
        self._lines.words.pause(loop_time() + wait)
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
        post.ready_at = loop_time() + wait
        self._lines.put_back(post)

    def _say_caption(self, post: Post) -> None:
        """Say what stands below a picture that cannot be shown."""
        if isinstance(post.what, Photo):
            words = post.what.instead or (post.what.caption, *post.what.rest)
            self._say_all(post.chat_id, words, at=post.at)

    def _say_all(
        self, chat_id: int, messages: tuple[Message, ...], *, at: datetime | None = None
    ) -> None:
        for message in messages:
            self._lines.put(Rank.REPLY, chat_id, Say(message=message), at=at)

    def _leave_alone(self, post: Post) -> None:
        """Keep what happened until the person opens the chat again; answers are worth nothing then."""
        self.shut.add(post.chat_id)
        self._lines.hold(post.chat_id, loop_time() + SHUT_S)
        if isinstance(post.what, Alert | Card):
            self._lines.put_back(post)

    def _give_up_redraw(self, post: Post) -> None:
        """Count a message that cannot be drawn anew as done: its buttons do nothing any more."""
        if isinstance(post.what, Redraw):
            self.report(post.what.notice, post.chat_id, 0, topic="")

    def name_unshown(self, post: Post) -> None:
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
        self._lines.put(Rank.ERROR, post.chat_id, Say(message=Message(html=html)))

    def _say_anew(self, post: Post) -> None:
        self._give_up_redraw(post)
        if isinstance(post.what, Edit) and post.what.keeps_up:
            self.live.drop(post.chat_id, post.what.message_id)
        elif isinstance(post.what, Edit):
            self._lines.put(Rank.REPLY, post.chat_id, Say(message=post.what.message))
        elif isinstance(post.what, Photo):
            self._lines.put(
                Rank.REPLY, post.chat_id, replace(post.what, message_id=None), at=post.at
            )
        elif isinstance(post.what, Card):
            self._board.forget(post.chat_id, post.what.newest.topic)
            self._lines.put_back(post)
