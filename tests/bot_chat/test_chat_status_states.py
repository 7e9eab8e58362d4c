"""Which word stands beside an account on the status card: a login is asked for only where one is needed."""

import pytest

from bot.chat.render import status_card
from bot.chat.render_tables import account_state
from engine.core.chat.reading import status_view
from engine.core.values.market import MASTER, Venue
from engine.core.values.views import SessionState
from tests.bot_chat.chat_server import a_chat
from tests.bot_chat.chat_views import MORNING, a_status, an_account
from tests.bot_cli.cli_builders import FakeInstance, command, status_answer, write_env
from tests.bot_cli.cli_builders import an_account as a_row
from tests.core.core_reread import leaving

OUT = SessionState.LOGIN


@pytest.mark.parametrize(
    ("name", "venue", "changes", "word"),
    [
        ("ab1234", Venue.PAPER, {}, "ok"),
        ("ab1234", Venue.PAPER, {"holds_live": True}, "LOGIN"),
        ("ab1234", Venue.LIVE, {}, "LOGIN"),
        ("ab1234", Venue.LIVE, {"enabled": False}, "off"),
        ("ab1234", Venue.LIVE, {"enabled": False, "holds_live": True}, "LOGIN"),
        ("ab1234", Venue.LIVE, {"enabled": False, "leaving": True}, "going"),
        ("master", Venue.PAPER, {}, "LOGIN"),
    ],
)
def test_an_account_without_a_session_says_login_only_where_it_needs_one(
    name, venue, changes, word
):
    assert account_state(an_account(name, session=OUT, **changes), venue) == word


def test_who_is_leaving_is_not_just_off_and_the_card_says_what_will_become_of_him():
    world = leaving()
    card = status_card(status_view(world.state, now=world.now), now=world.now)
    assert "father   going" in card
    assert "removed once its copies are closed" in card
    assert "/detach father" in card
    staying = status_card(a_status(accounts=(an_account("master"),)), now=MORNING)
    assert "going" not in staying


def test_the_terminal_says_the_same_of_sessions_that_paper_does_not_need(tmp_path):
    write_env(tmp_path)
    views = (
        a_row(MASTER),
        a_row("asha", session=OUT),
        a_row("ravi", session=OUT, enabled=False, leaving=True),
        a_row("uma", paused=True, paused_why="IP is not allowed", refused_exits=2),
    )
    shown_status = status_answer(venue=Venue.PAPER, accounts=views)
    with FakeInstance(tmp_path, status=shown_status):
        shown = command(tmp_path, "status").out
        checked = command(tmp_path, "check").out
    assert "log in!" not in shown
    assert "leaving" in next(line for line in shown.splitlines() if "ravi" in line)
    assert "ok   session of asha: none, and none is needed now" in checked
    assert "copytrader login asha" not in checked
    told = "Kite takes no orders of his: IP is not allowed - mend it, then /resume uma"
    assert f"! uma: {told}" in shown
    assert told in " ".join(checked.split())
    assert "2 refused exits are still held" in shown


async def test_a_code_that_a_wrong_clock_makes_wrong_is_not_put_down_to_the_person():
    async with a_chat() as chat:
        chat.desk.view = a_status(clock_wrong=True)
        await chat.ask("/live")
        assert "This machine's clock is wrong" in (await chat.ask("000000")).text
        chat.desk.view = a_status()
        await chat.ask("/live")
        assert "Send the code that is shown now" in (await chat.ask("000000")).text
