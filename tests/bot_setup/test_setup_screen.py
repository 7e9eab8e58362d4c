"""The QR code in the terminal is the code, square by square, and never wider than the window."""

from io import BytesIO, TextIOWrapper

import pytest
import segno
from rich.console import Console

from bot.setup.terminal import TerminalAsker, qr_lines

LINK = "https://t.me/my_bot?start=ABCD-EFGH-JKLM"
SQUARES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


def squares(lines):
    """Return the rows of squares that half blocks draw."""
    pairs = [[SQUARES[letter] for letter in line] for line in lines]
    return [[pair[half] for pair in row] for row in pairs for half in (0, 1)]


@pytest.mark.parametrize(("room", "border"), [(80, 4), (34, 2), (31, 1)])
def test_the_lines_are_the_code_with_as_much_border_as_fits(room, border):
    lines = qr_lines(LINK, room=room)
    code = [
        list(row) for row in segno.make(LINK, error="l", micro=False).matrix_iter(border=border)
    ]
    drawn = squares(lines)
    assert drawn[: len(code)] == code
    assert all(not any(row) for row in drawn[len(code) :])
    assert max(map(len, lines)) <= room


def test_a_window_that_is_too_narrow_gets_none():
    assert qr_lines(LINK, room=28) == []


def test_a_terminal_without_the_rupee_sign_is_told_in_letters():
    raw = BytesIO()
    screen = TextIOWrapper(raw, encoding="latin-1")
    asker = TerminalAsker(Console(file=screen, width=80))
    asker.say("may lose ₹5,000 a day, says \u0930\u0935\u093f")
    asker.good("Written.")
    asker.qr(LINK)
    screen.flush()
    shown = raw.getvalue().decode("latin-1")
    assert "may lose Rs 5,000 a day, says ???" in shown
    assert "cannot show a QR code" in shown
