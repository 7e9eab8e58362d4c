"""A start by the machine, while LIVE is armed, takes over nothing looser of a file that was read again today."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.state.chosen import is_held_to_today, known_today, rules_of_start
from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.market import AccountName, Venue
from tests.core.core_world import FATHER, MORNING, MOTHER, a_follower

LATER = MORNING + timedelta(minutes=5)
ARMED_TILL = MORNING + timedelta(hours=10)
AUNT = AccountName("aunt")


def ended(*, venue=Venue.LIVE, read=MORNING, until=ARMED_TILL) -> State:
    """What the journal tells where 1 and 3,000 counted; mother was logged in once."""
    state = State()
    apply(state, r.ModeSet(venue=venue, armed_until=until, totp_step=None))
    if read is not None:
        counted = (a_follower(multiplier=1, max_order_quantity=500),)
        apply(state, r.SettingsTaken(rules=counted, total_loss_limit=Decimal(3000), at=read))
    session = r.SessionKept(
        account=MOTHER, ok=False, user_id="UMOTHER", user_name="M", sealed_token="", login_at=None
    )
    apply(state, session)
    return state


def test_what_is_looser_stays_as_it_counted_and_what_is_tighter_is_taken():
    file = (a_follower(multiplier=5, max_order_quantity=100), a_follower("aunt", multiplier=2))
    (his, new), limit = rules_of_start(ended(), file, Decimal(9000), at=LATER)
    assert (his.multiplier, his.max_order_quantity, limit) == (1, 100, 3000)
    assert new.multiplier == 2, "whoever is new is for known_today to leave out"
    _, limit = rules_of_start(ended(), file, Decimal(2000), at=LATER)
    assert limit == 2000


def test_who_is_new_and_was_never_logged_in_is_left_out():
    known = known_today(ended(), at=LATER)
    assert known == {FATHER, MOTHER}
    assert AUNT not in known


@pytest.mark.parametrize(
    "state",
    [
        ended(venue=Venue.PAPER),
        ended(until=None),
        ended(read=None),
        ended(read=MORNING - timedelta(days=1)),
        ended(until=MORNING + timedelta(minutes=1)),
    ],
    ids=["on paper", "not armed", "never read again", "read the day before", "no longer armed"],
)
def test_otherwise_a_start_takes_the_file_as_it_is(state):
    file = (a_follower(multiplier=5), a_follower("aunt"))
    assert not is_held_to_today(state, at=LATER)
    assert known_today(state, at=LATER) is None
    assert rules_of_start(state, file, Decimal(9000), at=LATER) == (file, Decimal(9000))
