"""Cases that other copy traders fail on, each a small day: what our tags filled, order by order.

The whole program runs in virtual time against the exchange's core, with every promise judged.
"""

from dataclasses import dataclass

import pytest

from demo.exchange.build import follower_id
from tests.sim.mutants.planting import a_life, resting, then, trouble
from tests.sim.sim_day import Day
from tests.sim.sim_plan import Act, Death, Plan
from tests.sim.virtual_loop import run_virtually


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A day, and (side, filled units) of the follower's orders; the last is the way home."""

    words: str
    plan: Plan
    filled: tuple[tuple[str, int], ...]
    told: str = ""


BOUGHT_AND_SOLD = (("BUY", 5), ("SELL", 5))
SOON = 3.0

CASES = (
    Case(
        words="case 1: no answer in time, and the order had landed",
        plan=a_life("buy", then("wait", pick=9), "sell", troubles=(trouble("lost"),)),
        filled=BOUGHT_AND_SOLD,
    ),
    Case(
        words="case 2: no answer in time, and the order never landed",
        plan=a_life("buy", then("wait", pick=9), "sell", troubles=(trouble("never"),)),
        filled=(),
        told="is UNKNOWN",
    ),
    Case(
        words="case 3: HTTP 400 timed out, and it lands 8 s later",
        plan=a_life(
            "buy", then("wait", pick=9), "sell", troubles=(trouble("timed_out", seconds=8.0),)
        ),
        filled=BOUGHT_AND_SOLD,
        told="was found in the order book",
    ),
    Case(
        words="case 4: a 5xx, and the order book is down too",
        plan=a_life(
            "buy", then("wait", pick=9), "sell",
            troubles=(
                trouble("5xx_booked"),
                *(trouble("read_5xx", of="orders", nth=n, seconds=20.0) for n in (-2, 2, 6)),
            ),
        ),
        filled=BOUGHT_AND_SOLD,
        told="is UNKNOWN",
    ),
    Case(
        words="case 5: the process ends between the send and its record",
        plan=a_life("buy", then("sell", after=9.0), deaths=(Death(where="after_write", n=1),)),
        filled=BOUGHT_AND_SOLD,
        told="the program ended while it was being sent",
    ),
    Case(
        words="case 6: the process ends between the intent and its send",
        plan=a_life("buy", then("sell", after=9.0), deaths=(Death(where="before_write", n=1),)),
        filled=(),
        told="the program ended while it was being sent",
    ),
    Case(
        words="case 7: socket rows doubled and out of order, a partial after COMPLETE",
        plan=a_life(
            then("depth", lots=2, ticks=1), "buy", then("depth", ticks=-1), then("sell", after=SOON),
            troubles=tuple(
                trouble(kind, account=account, of="frame", nth=n, seconds=3.0)
                for kind in ("double", "swap") for account in (0, 1) for n in (1, 2)
            ),
        ),
        filled=BOUGHT_AND_SOLD,
    ),
    Case(
        words="case 8: two cancel events",
        plan=a_life(
            resting(), "cancel",
            troubles=tuple(trouble("double", account=0, of="frame", nth=n) for n in (1, 2, 3)),
        ),
        filled=(("BUY", 0),),
    ),
    Case(
        words="case 9: the socket is alive and silent",
        plan=a_life(
            "buy", then("sell", after=SOON),
            troubles=(trouble("silent", account=0, of="frame", nth=1, seconds=5.0),),
        ),
        filled=BOUGHT_AND_SOLD,
    ),
    Case(
        words="case 10: a gap in which he only entered",
        plan=a_life(
            then("wait", pick=4), "buy", then("sell", after=9.0),
            deaths=(Death(where="time", n=11, pause=6.0),),
        ),
        filled=BOUGHT_AND_SOLD,
    ),
    Case(
        words="case 10: a gap in which he only exited",
        plan=a_life(
            "buy", then("wait", pick=9), "sell", then("wait", pick=9),
            deaths=(Death(where="time", n=14, pause=25.0),),
        ),
        filled=BOUGHT_AND_SOLD,
    ),
    Case(
        words="case 10: a gap in which he entered and exited",
        plan=a_life(
            then("wait", pick=9), "buy", "sell", then("wait", pick=9),
            deaths=(Death(where="time", n=14, pause=25.0),),
        ),
        filled=(),
    ),
    Case(
        words="case 11: filled in part, then cancelled",
        plan=a_life(
            then("depth", lots=2, ticks=1), resting(ticks=0), then("cancel", after=SOON),
            then("depth", ticks=-1), then("sell", lots=2, after=SOON),
        ),
        filled=(("BUY", 2), ("SELL", 2)),
    ),
    Case(
        words="case 14: cancelled while our placement is on its way",
        plan=a_life(resting("flash", pick=1)),
        filled=(("BUY", 0),),
    ),
    Case(
        words="case 15: the copy fills before his cancel arrives",
        plan=a_life(
            resting(), then("cancel", after=SOON),
            troubles=(trouble("fills_first", of="cancel"),),
        ),
        filled=(("BUY", 5), ("SELL", 5)),
    ),
    Case(
        words="case 17: closed by other hands, then the master exits",
        plan=a_life("buy", then("square_follower"), *[then("wait", pick=9)] * 3, "sell"),
        filled=(("BUY", 5),),
        told="written off",
    ),
    Case(
        words="case 21: long to short in one order",
        plan=a_life("buy", then("reverse", lots=5, after=SOON)),
        filled=(("BUY", 5), ("SELL", 5), ("SELL", 5), ("BUY", 5)),
    ),
    Case(
        words="case 27: the token dies in the middle of the day, and the exit waits for the login",
        plan=a_life("buy", then("logout"), "sell", then("login", after=SOON)),
        filled=BOUGHT_AND_SOLD,
        told="session has ended",
    ),
    Case(
        words="case 30: positions that come back empty are not flat",
        plan=a_life(
            "buy", then("wait", pick=3), "sell", then("wait", pick=9),
            troubles=tuple(
                trouble("read_empty", of="positions", nth=n, seconds=20.0) for n in (-2, 2)
            ),
        ),
        filled=BOUGHT_AND_SOLD,
    ),
    Case(
        words="case 31: RMS squares off master and follower, and nobody is turned short",
        plan=a_life("buy", then("square_follower"), then("square_master", after=0.2),
                    *[then("wait", pick=9)] * 2),
        filled=(("BUY", 5),),
    ),
)  # fmt: skip


def lived(plan: Plan, folder) -> Day:
    """Live a day with every promise judged; return it for a look at its books."""

    async def work() -> Day:
        day = Day(plan, folder, lambda inner: inner)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("engine.runner.decide", day.judge.decide)
            await day.run(30)
        return day

    return run_virtually(work())


def ours(day: Day, follower: int = 1) -> tuple[tuple[str, int], ...]:
    rows = sorted(day.exchange.orders_of(follower_id(follower)), key=lambda row: row["order_id"])
    return tuple(
        (str(row["transaction_type"]), int(str(row["filled_quantity"])))
        for row in rows
        if str(row["tag"] or "").startswith("KC")
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.words)
def test_a_known_case_ends_as_it_should(case, new_store):
    day = lived(case.plan, new_store())
    assert day.outcome.violations == []
    assert ours(day) == case.filled
    assert any(case.told in text for text in day.outcome.alerts) or not case.told


def test_case_29_a_burst_that_meets_429_for_thirty_followers(new_store):
    """Nobody's entry is sent again; exits that meet it go out a second later, each once."""
    count = 30
    burst = Plan(
        seed=1, multipliers=("1",) * count, mirrors=("orders",) * count,
        acts=(Act(after=1.0, kind="buy", lots=5), Act(after=3.0, kind="sell", lots=5)),
        troubles=tuple(
            trouble("429", account=number, nth=1 if number % 3 == 0 else 2)
            for number in range(1, count + 1)
        ),
    )  # fmt: skip
    day = lived(burst, new_store())
    assert day.outcome.violations == []
    refused = ()
    for number in range(1, count + 1):
        assert ours(day, number) == (refused if number % 3 == 0 else BOUGHT_AND_SOLD)
