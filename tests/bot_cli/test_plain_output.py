"""Tables and progress on a terminal, and plain text in a pipe and for whoever wants none of that."""

import threading
from io import StringIO

import pytest

from bot.__main__ import _is_plain
from bot.cli.entry import execute
from bot.cli.invocation import Invocation, Terminal
from tests.bot_cli.cli_builders import FixedClock, command
from tests.bot_cli.test_json_answers import folder as a_day

__all__ = ["a_day"]

ESCAPE = "\x1b"


class Screen(StringIO):
    """A terminal that keeps what is written to it."""

    def isatty(self):
        return True


def on_a_screen(folder, *argv, plain: bool = False) -> tuple[str, str]:
    terminal = Terminal(out=Screen(), err=Screen(), input=StringIO(), plain=plain, patience_s=60)
    invocation = Invocation(environ={}, terminal=terminal, clock=FixedClock(), folder=folder)
    execute(argv, invocation)
    return terminal.out.getvalue(), terminal.err.getvalue()


@pytest.mark.parametrize(
    "argv",
    [
        ("status",),
        ("positions",),
        ("positions", "--brief"),
        ("positions", "--detail"),
        ("why", "M1"),
        ("report",),
        ("check",),
    ],
)
def test_a_pipe_and_no_color_get_plain_text_and_a_terminal_its_headings(a_day, argv):
    piped = command(a_day, *argv).out
    assert piped, "there is something to show"
    assert ESCAPE not in piped
    assert not any("\u2500" <= each <= "\u257f" for each in piped), "no box drawing"
    assert on_a_screen(a_day, *argv, plain=True)[0] == piped
    if argv[0] != "why":
        assert ESCAPE in on_a_screen(a_day, *argv)[0], "headings are bold"


def test_no_color_and_a_dumb_terminal_want_plain_text():
    assert [_is_plain(each) for each in ({"NO_COLOR": "1"}, {"TERM": "dumb"})] == [True, True]
    assert not _is_plain({"TERM": "xterm", "NO_COLOR": ""})


def test_progress_comes_on_a_terminal_once_it_takes_long(monkeypatch):
    shown = threading.Event()

    class Watched(Screen):
        def write(self, text):
            if "asking Kite" in text:
                shown.set()
            return super().write(text)

    screen = Watched()
    terminal = Terminal(out=StringIO(), err=screen, input=StringIO(), patience_s=0.01)
    with terminal.working("asking Kite") as working:
        assert shown.wait(5)
        working("asking Kite: 1 of 2 [accounts]")
    assert terminal.out.getvalue() == ""


def test_progress_is_silent_in_a_pipe_where_it_is_quick_and_where_plain_is_wanted():
    pipe = Terminal(out=StringIO(), err=StringIO(), input=StringIO())
    plain = Terminal(out=StringIO(), err=Screen(), input=StringIO(), plain=True)
    quick = Terminal(out=StringIO(), err=Screen(), input=StringIO(), patience_s=60)
    for terminal, waits in ((pipe, 0), (plain, 0), (quick, 1)):
        with terminal.working("asking Kite") as working:
            timers = [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
            assert len(timers) == waits, "nothing waits to be shown"
            working("more")
        assert terminal.err.getvalue() == ""
