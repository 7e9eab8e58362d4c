"""Puts the figures into the notices that announce a report, then lets them go the way of all notices."""

import asyncio
import logging
from collections.abc import Callable, Collection

from msgspec.structs import replace

from bot.chat import render_report as texts
from bot.chat import report_pictures as pictures
from bot.chat.chat_desk import ChatDesk
from bot.chat.message import Message
from bot.chat.outbox import Outbox
from bot.chat.picture_desk import PictureDesk
from bot.chat.render_pictures import caption
from bot.pictures.renderer import PictureFailed
from bot.pictures.values import Picture
from engine.clock import Clock
from engine.core.values.alert_levels import AlertKind, AlertLevel
from engine.core.values.notices import Notice
from engine.core.values.routines import EVENING, Reported
from engine.errors import CopyTraderError

_log = logging.getLogger(__name__)


class Herald:
    """Takes announcements and returns at once; each is told, with its own words where figures cannot be had.

    The journal knows an announcement as not shown until it was: after a restart it comes here again.

    Args:
        desk: Reads days.
        pictures: Draws the card of the day. It comes beside the text and is left out where it cannot be
            drawn, or where a restart came between the two.
        clock: The time.
        outbox: Where both go.
        chats: Returns who gets the pictures.

    Attributes:
        history: Names all that the journal holds, in one word. It goes out with the report of each day, so that
            who changes the store later cannot change what the chat has of it; empty: left out.
    """

    def __init__(
        self,
        desk: ChatDesk,
        pictures: PictureDesk,
        clock: Clock,
        *,
        outbox: Outbox,
        chats: Callable[[], tuple[int, ...]],
    ) -> None:
        self.history: Callable[[], str] = str
        self._desk, self._pictures, self._clock = desk, pictures, clock
        self._outbox, self._chats = outbox, chats
        self._waiting: asyncio.Queue[tuple[Notice, Collection[int] | None]] = asyncio.Queue()

    def takes(self, notice: Notice, chats: Collection[int] | None) -> bool:
        """Take a notice that announces a report; False for every other, which is not for here."""
        if Reported.of(notice.topic) is None:
            return False
        self._waiting.put_nowait((notice, chats))
        return True

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            notice, chats = await self._waiting.get()
            about = Reported.of(notice.topic)
            try:
                found = await self._told(notice, about) if about is not None else None
            except CopyTraderError as error:
                _log.warning("report not made", extra={"action": "report", "reason": str(error)})
                found = None
            except asyncio.CancelledError:
                # Rather twice than never: where only the chat begins again, the journal is not asked.
                self._waiting.put_nowait((notice, chats))
                raise
            except Exception as error:  # noqa: BLE001 - what announces must be told whatever the report meets
                _log.exception(
                    "report failed", extra={"action": "report", "reason": type(error).__name__}
                )
                found = None
            told, picture = found or (notice, None)
            self._outbox.offer(told, chats=chats)
            if picture is not None:
                await self._show(picture, self._chats() if chats is None else tuple(chats))

    async def _told(self, notice: Notice, about: Reported) -> tuple[Notice, Picture | None]:
        """Return a notice with its figures, and the picture that follows it.

        Raises:
            CopyTraderError: The days cannot be read.
        """
        days, now = self._desk.days, self._clock.now()
        found = await days.reports(about.first, about.last, rows=False)
        mine = [each for each in found if each.venue is notice.venue]
        announced = notice.text.partition(" What came of it:")[0]
        if not mine:
            return replace(
                notice, text=f"{announced} Nothing ran here then, so nothing was copied."
            ), None
        if about.first != about.last:
            text = texts.days_text(mine, notice.venue, lead="week")
            picture = pictures.days_card(mine, texts.of_days(mine))
        else:
            (report, *_) = mine
            lead = (
                f"evening ({', '.join(sorted(report.segments & EVENING))}),"
                if about.evening
                else ""
            )
            text = texts.day_text(report, now=now, lead=lead)
            if history := self.history():
                text = f"{text}\njournal {history}"
            picture = pictures.day_card(report, await days.samples(about.last))
        return replace(notice, text=f"{announced}\n{text}"), picture

    async def _show(self, picture: Picture, chats: tuple[int, ...]) -> None:
        if self._pictures.draw is None:
            return
        try:
            png = await self._pictures.draw(picture)
        except PictureFailed as error:
            _log.info("no picture of a report", extra={"action": "picture", "reason": str(error)})
            return
        except Exception as error:  # noqa: BLE001 - the report is told; its picture must not end the chat
            _log.error(
                "picture of a report failed",
                extra={"action": "picture", "reason": type(error).__name__},
                exc_info=error,
            )
            return
        html = caption(picture, now=self._clock.now())
        for chat_id in chats:
            if self._desk.alerts_of(chat_id).level(AlertKind.REPORTS) is AlertLevel.OFF:
                continue
            self._outbox.photo(chat_id, png, Message(html=html, silent=True))
