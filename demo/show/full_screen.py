"""The show as a live screen: the trader's phone on the left, the accounts on the right."""

import asyncio
import threading
from textwrap import wrap
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from demo.chat.phone import render_phone
from demo.chat.rich_text import one_cell
from demo.show import boards, marks
from demo.show.director import Director, Progress

_FRAME_S = 0.125
#: The bot's tables are 34 columns; a bubble and its frame round them need this many.
_PHONE = 45
_PHONE_AT_MOST = 52
#: Narrower than this there is room for the phone or the boards, not for both.
_BOTH = 96
#: The longest caption of a day, and the space before it; narrower than this it takes two lines.
_CAPTION = 99
#: Rows of the lower board with its frame; a day of all six segments opens nine positions.
_POSITIONS = 12
_CURTAIN_S = 2.0
_TICKER = ("RELIANCE", "INFY", "SBIN", "TCS", "M&M", "HDFCBANK")


class FullScreen:
    """Draws everything afresh eight times a second from what is true at that moment.

    The picture is put together in the event loop, where the truth is, and painted in a thread:
    painting takes tens of milliseconds, and the exchange that answers in this loop would pass
    them on as lag of the copies.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._painting = threading.Lock()
        self._is_open = False
        self._live = Live(console=console, screen=True, auto_refresh=False, transient=True)
        self._director: Director | None = None
        self._progress = Progress()

    def __enter__(self) -> Self:
        self._live.__enter__()
        self._is_open = True
        self._paint(self._picture())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._painting:
            self._is_open = False
        self._live.__exit__(kind, error, trace)

    def begin(self, director: Director) -> None:
        """Take whose show it is."""
        self._director, self._progress = director, director.progress

    def scene_began(self, progress: Progress) -> None:
        """Draw the new caption with the next frame."""
        self._progress = progress

    def tell(self, text: str) -> None:
        """Say nothing: the order appears on the board."""

    async def follow(self) -> None:
        """Draw frame after frame until cancelled."""
        while True:
            await asyncio.to_thread(self._paint, self._picture())
            await asyncio.sleep(_FRAME_S)

    async def curtain(self) -> None:
        """Leave the last picture for a moment."""
        await asyncio.sleep(_CURTAIN_S)

    def _paint(self, picture: RenderableType) -> None:
        """Put a picture on the terminal, unless the screen was given back meanwhile."""
        with self._painting:
            if self._is_open:
                self._live.update(picture, refresh=True)

    def _picture(self) -> RenderableType:
        width, height = self._console.size
        page = Layout()
        page.split_column(
            Layout(self._header(width), size=1),
            Layout(self._body(width, height - 4 - _caption_lines(width))),
            Layout(self._footer(width), size=3 + _caption_lines(width)),
        )
        return page

    def _body(self, width: int, height: int) -> RenderableType:
        director = self._director
        if director is None:
            return Text()
        if width < _BOTH:
            return self._boards(director, width, height)
        phone_width = max(_PHONE, min(_PHONE_AT_MOST, width * 2 // 5))
        messages = director.stage.trader.messages()
        phone = render_phone(messages, width=phone_width, height=height, title="Copy trader")
        row = Layout()
        row.split_row(
            Layout(phone, size=phone_width),
            Layout(self._boards(director, width - phone_width, height)),
        )
        return row

    def _boards(self, director: Director, width: int, height: int) -> RenderableType:
        books, orders = director.accounting.books(), director.accounting.master_orders()
        positions = min(_POSITIONS, max(4, height // 3))
        return Group(
            boards.order_board(orders, books, width=width, height=height - positions),
            boards.position_board(orders, books, width=width, height=positions),
        )

    def _header(self, width: int) -> RenderableType:
        line = Text(no_wrap=True, overflow="crop")
        line.append(" kitecopytrader ", "bold reverse")
        line.append("  demo, no real money ", marks.QUIET)
        director = self._director
        if director is not None:
            exchange = director.stage.exchange
            rows = [exchange.instruments["NSE", symbol] for symbol in _TICKER]
            line.append_text(boards.ticker(exchange, rows, width - line.cell_len))
        return line

    def _footer(self, width: int) -> RenderableType:
        progress = self._progress
        title = Text(no_wrap=True, overflow="ellipsis")
        title.append(
            f" {progress.number}/{progress.count}  " if progress.count else " ", marks.QUIET
        )
        title.append(progress.title, "bold")
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            ProgressBar(
                total=1.0,
                completed=progress.done,
                width=max(10, width - 22),
                complete_style=marks.GOOD,
                finished_style=marks.GOOD,
            ),
            Text(f"{progress.done:4.0%}  Ctrl-C ends", marks.QUIET),
        )
        return Group(self._last_word(width), title, _caption(progress.caption, width), bar)

    def _last_word(self, width: int) -> Text:
        """Return the beginning of what the bot said last, where the phone has no room."""
        line = Text(no_wrap=True, overflow="ellipsis")
        if self._director is not None and width < _BOTH:
            said = [each for each in self._director.stage.trader.messages() if each.from_bot]
            if said:
                line.append(" bot  ", marks.QUIET)
                line.append(one_cell(said[-1].text.partition("\n")[0]))
        return line


def _caption_lines(width: int) -> int:
    return 1 if width >= _CAPTION else 2


def _caption(told: str, width: int) -> Text:
    """Return what the scene shows, in as many lines whether it needs them or not: the bar stays where it is."""
    lines = _caption_lines(width)
    wrapped = wrap(told, max(1, width - 2))[:lines]
    shown = [f" {line}" for line in wrapped] + [""] * (lines - len(wrapped))
    return Text("\n".join(shown), "cyan", no_wrap=True, overflow="ellipsis")
