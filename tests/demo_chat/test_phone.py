import io
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from demo.chat.conversation import Draft
from demo.chat.html_text import read_html
from demo.chat.keyboards import Markup
from demo.chat.messages import Attachment, Button, User
from demo.chat.phone import plain_change, plain_lines, render_phone
from demo.chat.rich_text import styled
from demo.chat.telegram import LocalTelegram


def draw(messages, *, width=40, height=20, colour=False):
    out = io.StringIO()
    console = Console(
        file=out, width=100, force_terminal=colour, color_system="truecolor" if colour else None
    )
    console.print(render_phone(messages, width=width, height=height, title="Copy trader"))
    return out.getvalue().splitlines()


def a_chat():
    bot = User(id=900, name="Copy trader", username="copy_bot", is_bot=True)
    telegram = LocalTelegram(bot=bot, now=lambda: datetime(2026, 11, 23, 9, 15, tzinfo=UTC))
    telegram.join(User(id=7, name="trader"))
    return telegram


def says(telegram, source, **more):
    text, entities = read_html(source)
    return telegram.bot_sends(7, Draft(text=text, entities=entities, **more))


def screen(telegram, **size):
    return draw(telegram.conversation(7).messages, **size)


def test_the_user_is_right_the_bot_left_and_the_latest_at_the_bottom(telegram):
    telegram.person_says(7, "/status")
    says(telegram, "PAPER stopped")
    lines = screen(telegram)
    assert len(lines) == 20
    assert lines[0].strip("╭─╮ ") == "Copy trader"
    asked = next(line for line in lines if "/status" in line)
    assert asked.index("/status") > 20
    assert lines[-3].startswith("│  PAPER stopped")
    assert "09:15:00" in lines[-2]


def test_what_does_not_fit_leaves_at_the_top(telegram):
    for number in range(30):
        says(telegram, f"message {number}")
    lines = "\n".join(screen(telegram, height=12))
    assert "message 29" in lines
    assert "message 26" not in lines
    tall = "\n".join(f"line {number}" for number in range(50))
    says(telegram, tall)
    lines = screen(telegram, height=12)
    assert len(lines) == 12
    assert "line 49" in lines[-3]


def test_buttons_are_drawn_row_by_row(telegram):
    rows = (
        (Button(text="Confirm start of copying now", data="y"), Button(text="Cancel", data="n")),
        (Button(text="Log in", url="http://x.test"),),
    )
    says(telegram, "sure?", markup=Markup(inline=rows))
    lines = screen(telegram)
    assert lines[-3].count("[ ") == 2
    assert "Cancel" in lines[-3]
    assert "…" in lines[-3]
    assert "Log in" in lines[-2]


def test_edits_are_marked_and_files_named(telegram):
    message = says(telegram, "one")
    telegram.bot_edits(7, message.message_id, Draft(text="two"))
    photo = Attachment(kind="photo", file_name="day.png", content=b"x" * 4096)
    says(telegram, "the day", attachment=photo)
    lines = "\n".join(screen(telegram))
    assert "edited 09:15:00" in lines
    assert "[photo day.png, 4 kB]" in lines


@pytest.mark.parametrize(
    "text",
    [
        "M&M",
        "a < b",
        "x_y_z *b* `c`",
        "[bold red]not markup[/]",
        "[/]",
        "J&KBANK &lt;",
        "\\[x]",
        ":smile:",
    ],
)
def test_hostile_text_is_shown_as_it_is(telegram, text):
    telegram.person_says(7, text)
    assert any(text in line for line in screen(telegram))
    assert plain_lines(telegram.conversation(7).messages[0]) == [f"trader> {text}"]


def test_escape_sequences_cannot_drive_the_terminal(telegram):
    telegram.person_says(7, "\x1b[2J\x1b]0;owned\x07 ok\r")
    drawn = "".join(screen(telegram))
    plain = "".join(plain_lines(telegram.conversation(7).messages[0]))
    for output in (drawn, plain):
        assert "ok" in output
        assert not {"\x1b", "\x07", "\r"} & set(output)


def test_formatting_reaches_the_right_letters_behind_emoji(telegram):
    message = says(
        telegram, "🟢🔴 <b>LIVE</b> M&amp;M <a href='http://x.test'>link</a> <pre>a  b</pre>"
    )
    text = styled(message)
    by_letters = {text.plain[span.start : span.end]: span.style for span in text.spans}
    assert by_letters["LIVE"].bold
    assert by_letters["link"].link == "http://x.test"
    assert set(by_letters) == {"LIVE", "link", "a  b"}
    assert any("\x1b[1;" in line for line in screen(telegram, colour=True))


def test_a_warning_sign_is_one_cell_wide_in_every_terminal(telegram):
    message = says(
        telegram,
        "LIVE ⚠️ <b>asha</b>: ⚠️ <pre>log in</pre>",
        markup=Markup(inline=((Button(text="⚠️ Log in", data="x"),),)),
    )
    drawn = "\n".join(screen(telegram))
    assert "⚠ asha: ⚠" in drawn
    assert "⚠ Log in" in drawn
    assert "\ufe0f" not in drawn, "tmux and the terminal disagree about its width"
    text = styled(message)
    assert {text.plain[span.start : span.end] for span in text.spans} == {"asha", "log in"}


@example(["0\u2028", "a\u2029b", "c\x85d"], 20, 5)
@given(
    st.lists(st.text(min_size=1, max_size=60).filter(str.strip), max_size=6),
    st.integers(20, 60),
    st.integers(5, 25),
)
def test_the_screen_has_exactly_the_size_asked_for(texts, width, height):
    telegram = a_chat()
    for text in texts:
        telegram.person_says(7, text)
        telegram.bot_sends(
            7, Draft(text=text, markup=Markup(inline=((Button(text=text, data="x"),) * 3,)))
        )
    lines = screen(telegram, width=width, height=height)
    assert len(lines) == height
    assert {cell_len(line) for line in lines} == {width}


def test_plain_lines_carry_speaker_edits_buttons_and_files(telegram):
    rows = ((Button(text="Confirm", data="y"), Button(text="Cancel", data="n")),)
    message = says(telegram, "sure?\n<pre>a  1</pre>", markup=Markup(inline=rows))
    assert plain_lines(message) == ["bot> sure?", "     a  1", "     [ Confirm ] [ Cancel ]"]
    telegram.bot_edits(7, message.message_id, Draft(text="done"))
    photo = Attachment(kind="photo", file_name="day.png", content=b"x")
    picture = says(telegram, "", attachment=photo)
    assert plain_lines(picture) == ["bot> [photo day.png, 1 kB]"]
    telegram.bot_deletes(7, picture.message_id)
    log = [line for change in telegram.conversation(7).changes for line in plain_change(change)]
    assert log[3:] == [
        "bot (edited)> done",
        "bot> [photo day.png, 1 kB]",
        "bot (deleted)> its own message 2",
    ]
