"""A day on paper asks for the orders that the same day asks for in LIVE; what differs is listed, with why."""

from collections import Counter

import pytest

from demo.days.programme import NAMES
from demo.exchange.build import MASTER
from tests.sim.named_day import Played, play_virtually, todays

#: What differs by day, as (follower, symbol); every follower where it is "*".
#:
#: - exits: RMS squares real accounts off, mother's before her exits leave. Nobody squares a paper account off:
#:   its exits follow the master's own square-off.
#: - partials: the day scripts a depth of a few units, which the master's and all live orders take from each other.
#:   Paper orders see what is shown and take nothing from anybody, so that they fill where live ones wait.
#: - token-dies: mother's session ends, and paper needs none but the master's.
DIFFERS = {
    "exits": {("mother", "RELIANCE"), ("mother", "HDFCBANK")},
    "partials": {("*", "SBIN"), ("*", "TCS")},
    "token-dies": {("mother", "INFY"), ("mother", "SBIN")},
}


def asked_for(day: Played) -> dict[tuple[str, str], Counter]:
    """Return what left for each follower and symbol: side, units, leg, product, and at which price.

    A MARKET order of the master is copied as MARKET or, where it is first seen as the limit that Kite makes of
    it, as that limit: which of the two is a matter of milliseconds and counts as the same.
    """
    at_market = {
        (row["tradingsymbol"], str(row["price"]))
        for row in day.exchange.orders_of(MASTER)
        if "mktp" in row.get("tags", ())
    }
    found: dict[tuple[str, str], Counter] = {}
    for child in day.state.children.values():
        order = child.command
        if child.sent_at is None:
            continue
        price = "market" if order.price is None else str(float(order.price))
        if (order.symbol, price) in at_market:
            price = "market"
        what = (
            order.exchange, order.side.value, order.quantity, child.leg.value, order.product.value,
            price, str(order.trigger_price),
        )  # fmt: skip
        found.setdefault((order.follower, order.symbol), Counter())[what] += 1
    return found


def differing(one: dict, other: dict) -> set[tuple[str, str]]:
    return {at for at in one.keys() | other.keys() if one.get(at) != other.get(at)}


@pytest.mark.parametrize("name", NAMES)
def test_paper_asks_for_what_live_asks_for(name, new_store):
    live = play_virtually(todays(name), new_store())
    paper = play_virtually(todays(name), new_store(), paper=True)
    assert not paper.promises
    assert not paper.exchange.ledger.order_writes(), "nothing leaves for the broker"
    listed = DIFFERS.get(name, set())
    found = differing(asked_for(live), asked_for(paper))
    unlisted = {at for at in found if at not in listed and ("*", at[1]) not in listed}
    assert not unlisted, {
        at: (asked_for(live).get(at), asked_for(paper).get(at)) for at in unlisted
    }
    # What is listed and does not differ any more comes off the list.
    assert {symbol for _, symbol in listed} == {symbol for _, symbol in found}


def test_who_has_too_little_money_is_refused_on_paper_too(new_store):
    day = todays("refusal")
    poor = day.family.names[day.family.poor - 1]
    for on_paper in (False, True):
        played = play_virtually(day, new_store(), paper=on_paper)
        refused = {
            (child.command.follower, child.sighting.row.status.value)
            for child in played.state.children.values()
            if child.sighting and "Insufficient funds" in (child.sighting.row.status_message or "")
        }
        assert refused == {(poor, "REJECTED")}
        assert any(poor in text and "Insufficient funds" in text for text in played.told)
