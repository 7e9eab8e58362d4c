"""Draws a conversation as a phone shows it: bubbles, buttons, the latest at the bottom."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.panel import Panel
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from demo.chat.messages import Button, Message
from demo.chat.plain import file_label, plain_change, plain_lines
from demo.chat.rich_text import one_cell, styled

__all__ = ["plain_change", "plain_lines", "render_phone"]

BOT_BUBBLE = Style(color="white", bgcolor="#24303d")
USER_BUBBLE = Style(color="white", bgcolor="#1f6b45")
BUTTON = Style(color="bright_cyan", bgcolor="#1b2530", bold=True)
STAMP = Style(dim=True)
FILE = Style(color="bright_yellow")
BUBBLE_SHARE = 0.88
"""How much of the width a bubble may take; the rest shows whose it is."""

Line = list[Segment]


def render_phone(
    messages: Sequence[Message], *, width: int, height: int, title: str
) -> RenderableType:
    """Draw a conversation as a phone screen of exactly this size.

    Args:
        messages: As the person sees them, oldest first.
        width: Columns, >= 20, border included.
        height: Rows, >= 5, border included.
        title: Name of the chat, in the top border.

    Returns:
        Something rich can print or show live. What does not fit is cut off at the top.
    """
    return Panel(
        _Screen(messages, height=height - 2),
        title=Text(one_cell(title), style="bold"),
        width=width,
        height=height,
        padding=(0, 1),
        border_style="bright_black",
    )


class _Screen:
    """The inside of the frame: the last ``height`` lines of the conversation."""

    def __init__(self, messages: Sequence[Message], *, height: int) -> None:
        self._messages = messages
        self._height = height

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        shown: list[Line] = []
        for message in reversed(self._messages):
            if len(shown) >= self._height:
                break
            shown = [*_bubble(message, console, width), [], *shown]
        shown = shown[:-1][-self._height :]
        yield from (Segment.line() for _ in range(self._height - len(shown)))
        for line in shown:
            yield from line
            yield Segment.line()


def _bubble(message: Message, console: Console, width: int) -> list[Line]:
    style = BOT_BUBBLE if message.from_bot else USER_BUBBLE
    room = max(8, int(width * BUBBLE_SHARE)) - 2
    lines = _content(message, console, room)
    footer = _footer(message)
    buttons = [_button_row(row, room + 2) for row in message.keyboard]
    inner = max([line.cell_len for line in lines] + [cell_len(footer)])
    if buttons:
        inner = room
    left = 0 if message.from_bot else max(0, width - inner - 2)
    rows: list[Line] = []
    for line in lines:
        line.pad_right(inner - line.cell_len)
        rows.append(_row(line, console, style))
    stamp = f" {' ' * (inner - cell_len(footer))}{footer} "
    rows.append([Segment(stamp, style + STAMP)])
    rows += [[Segment(text, BUTTON)] for text in buttons]
    return [[Segment(" " * left), *row] for row in rows]


def _content(message: Message, console: Console, room: int) -> list[Text]:
    lines: list[Text] = []
    if message.attachment is not None:
        label = Text(file_label(message.attachment))
        label.stylize(FILE)
        lines += label.wrap(console, room)
    if message.text:
        lines += styled(message).wrap(console, room)
    return lines


def _row(text: Text, console: Console, style: Style) -> Line:
    inside = Segment.apply_style(text.render(console), style)
    return [Segment(" ", style), *inside, Segment(" ", style)]


def _footer(message: Message) -> str:
    stamp = f"{message.sent_at:%H:%M:%S}"
    return f"edited {stamp}" if message.edited_at is not None else stamp


def _button_row(row: Sequence[Button], width: int) -> str:
    """Share the width among the buttons of a row, as the app does; long labels are cut."""
    share = max(6, (width + 1) // len(row) - 1)
    return " ".join(_button(button.text, share) for button in row)


def _button(label: str, width: int) -> str:
    text = one_cell(label).replace("\n", " ")
    if cell_len(text) > width - 4:
        text = set_cell_size(text, width - 5) + "…"
    spare = width - 4 - cell_len(text)
    before = spare // 2
    return f"[ {' ' * before}{text}{' ' * (spare - before)} ]"
