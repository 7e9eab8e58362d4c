"""Turns one waiting post into calls to Telegram."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.chat.card_board import CardBoard, Drawn
from bot.chat.delivery import Delivered, Delivery, Gone, Outcome, Refused
from bot.chat.html_text import split
from bot.chat.message import Message
from bot.chat.offer_board import OfferBoard
from bot.chat.posts import Alert, Card, Deletion, Edit, Erase, Photo, Post, Redraw, Say, Strip
from bot.chat.times import LATE, span
from engine.clock import Clock
from engine.core.values.notices import Notice

_DELETED = "I deleted your message."
_NOT_DELETED = "⚠️ I could not delete your message: delete it yourself."


class Speaker:
    """Makes one attempt at a post; the outbox decides what follows from its outcome.

    Args:
        delivery: Makes the calls.
        board: Knows the cards.
        offers: Draws the messages of offers.
        clock: Tells how late a message is.
        is_silent: Whether a notice comes without sound in a chat now.
    """

    def __init__(
        self,
        delivery: Delivery,
        board: CardBoard,
        offers: OfferBoard,
        clock: Clock,
        is_silent: Callable[[Notice, int], bool],
    ) -> None:
        self._delivery = delivery
        self._board = board
        self._offers = offers
        self._clock = clock
        self._is_silent = is_silent

    async def attempt(self, post: Post) -> Outcome:  # noqa: C901, PLR0911 - one row a kind of post
        """Try to deliver a post once.

        Args:
            post: What to say; its ``parts_sent`` grows as parts of a long message get through.
        """
        match post.what:
            case Say(message=message, deletion=deletion):
                return await self._say(post, message, deletion)
            case Alert(notice=notice):
                drawn = await self._offers.draw(notice, post.chat_id)
                message = replace(drawn, silent=self._is_silent(notice, post.chat_id))
                outcome = await self._say(post, message, None)
                if isinstance(outcome, Delivered):
                    self._offers.delivered(notice, post.chat_id, outcome.message_id)
                return outcome
            case Redraw(notice=notice):
                return await self._redraw(post, notice)
            case Edit(message_id=message_id, message=message):
                parts = split(message.html)
                if len(parts) > 1:
                    return Gone()
                return await self._delivery.edit(
                    post.chat_id, message_id, parts[0], buttons=message.buttons
                )
            case Strip(message_id=message_id):
                return await self._delivery.strip(post.chat_id, message_id)
            case Erase(message_id=message_id):
                return await self._delivery.delete(post.chat_id, message_id)
            case Photo():
                return await self._show(post, post.what)
            case Card():
                return await self._draw(post, post.what)

    async def _say(self, post: Post, message: Message, deletion: Deletion | None) -> Outcome:
        message = self._marked(post, message, deletion)
        parts = split(message.html)
        outcome: Outcome = Refused()
        while post.parts_sent < len(parts):
            last = post.parts_sent == len(parts) - 1
            outcome = await self._delivery.send(
                post.chat_id,
                parts[post.parts_sent],
                buttons=message.buttons if last else (),
                menu=message.menu and last,
                silent=message.silent,
            )
            if not isinstance(outcome, Delivered):
                return outcome
            post.parts_sent += 1
        return outcome

    async def _show(self, post: Post, photo: Photo) -> Outcome:
        message = self._marked(post, photo.caption, None)
        if photo.message_id is not None:
            return await self._delivery.edit_photo(
                post.chat_id, photo.message_id, photo.png, message.html, buttons=message.buttons
            )
        return await self._delivery.photo(
            post.chat_id, photo.png, message.html, buttons=message.buttons, silent=message.silent
        )

    async def _redraw(self, post: Post, notice: Notice) -> Outcome:
        """Take the buttons off an offer that has ended; where no message shows it, nothing is due."""
        found = self._offers.redrawn(notice.offer or 0, post.chat_id)
        if found is None:
            return Delivered()
        message_id, message = found
        parts = split(message.html)
        if len(parts) > 1:
            return Refused()
        return await self._delivery.edit(post.chat_id, message_id, parts[0], buttons=())

    async def _draw(self, post: Post, card: Card) -> Outcome:
        topic = card.newest.topic
        drawn = self._board.draw(post.chat_id, card.newest)
        if drawn is None:
            return Delivered(message_id=self._board.message_of(post.chat_id, topic))
        if drawn.message_id is None:
            html = "\n".join([drawn.html, *self._lateness(post)])
            of_order = card.newest.master_order_id is not None
            silent = self._is_silent(card.newest, post.chat_id) if of_order else not drawn.loud
            outcome = await self._delivery.send(
                post.chat_id, html, buttons=drawn.buttons, menu=False, silent=silent
            )
        else:
            outcome = await self._delivery.edit(
                post.chat_id, drawn.message_id, drawn.html, buttons=drawn.buttons
            )
        if isinstance(outcome, Delivered):
            shown = Drawn(html=drawn.html, message_id=outcome.message_id)
            now = asyncio.get_running_loop().time()
            self._board.remember(post.chat_id, topic, shown, at=now)
        return outcome

    def _marked(self, post: Post, message: Message, deletion: Deletion | None) -> Message:
        if deletion is not None and deletion.done is not None:
            message = message.with_line(_DELETED if deletion.done else _NOT_DELETED)
        for mark in self._lateness(post):
            message = message.with_line(mark)
        return message

    def _lateness(self, post: Post) -> list[str]:
        late = self._clock.now() - post.at
        marks = [f"(delayed {span(late)})"] if late > LATE else []
        return [*marks, "(may repeat)"] if post.may_repeat else marks
