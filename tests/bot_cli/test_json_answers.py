"""`--json`: keys that a script has come to rely on stay where they are, of real answers of a real store."""

import json

import pytest

from tests.bot_cli.cli_builders import command, write_env
from tests.core.core_world import a_follower, done
from tests.docs.json_page import ANSWERS, BEGIN, END, PAGE, tables
from tests.storage.kept_world import KeptWorld

#: Of each answer, by the way to them: never take one away.
GOLDEN = {
    "status": {
        "": "running as_of kill_switch status",
        "status": "venue copying since armed_until killed stream_up book_age_s last_copy_at resting_entries "
        "accounts problems totp_locked frozen open_offers losses",
        "status.accounts[]": "name user_id session open_positions day_pnl lag_p95_ms paused enabled unresolved "
        "unresolved_names segments_lacking held_up stuck_exits holds_live",
    },
    "positions": {
        "": "running positions",
        "positions[]": "account venue read_at day_pnl rows",
        "positions[].rows[]": "exchange symbol product net copied average_price last_price pnl",
    },
    "why": {
        "": "story",
        "story": "asked subject title lines",
        "story.lines[]": "at who text",
    },
    "check": {"": "ok lines", "lines[]": "level text"},
    "report": {
        "": "reports",
        "reports[]": "day venue as_of orders master followers rows segments",
        "reports[].master": "rupees realised without at",
        "reports[].followers[]": "name copied skipped missed refused unclear waiting failed slippage value "
        "untold lags_ms fill_lags_ms profit ratio scaled",
        "reports[].followers[].profit": "rupees realised without at",
        "reports[].rows[]": "follower number master_order_id seen_at exchange symbol product side leg outcome "
        "reason detail quantity filled master_price price slippage value lag_ms fill_lag_ms",
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store of a day with one copied order, and nothing that runs."""
    folder = tmp_path_factory.mktemp("day")
    write_env(folder)
    (folder / "var").mkdir(mode=0o700)
    kept = KeptWorld(folder / "var", a_follower("father"))
    kept.master(done())
    kept.ack_and_fill()
    kept.read("father")
    kept.store.close()
    return folder


def at(answer: object, path: str) -> list[dict]:
    """Return what stands at a path of the answer; of a list all that are in it."""
    found = [answer]
    for part in path.split(".") if path else ():
        found = [each[part.removesuffix("[]")] for each in found]
        if part.endswith("[]"):
            found = [one for many in found for one in many]
    return found


@pytest.mark.parametrize("name", GOLDEN)
def test_an_answer_has_every_key_it_ever_had(folder, name):
    told = command(folder, name, *(["M1"] if name == "why" else []), "--json")
    answer = json.loads(told.out)
    for path, keys in GOLDEN[name].items():
        assert set(keys.split()) <= set(at(answer, path)[0]), path or "the answer itself"
    assert "\n" in told.out, "for people too"


def test_a_failure_leaves_nothing_on_standard_output_and_says_so_by_its_status(folder):
    told = command(folder, "why", "nothing-of-that-name", "--json")
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("copytrader: no order, tag or operation")


def test_the_page_shows_the_answers_as_they_are():
    assert set(ANSWERS) == set(GOLDEN)
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == tables(), "run: python -m tests.docs.json_page"
