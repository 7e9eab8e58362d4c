"""Plans as a strategy of Hypothesis: the same data, which it draws, and makes smaller part by part."""

from hypothesis import strategies as st

from tests.sim.sim_life import BASE, CHANGE_TROUBLES, KINDS, PAUSES, PEOPLE
from tests.sim.sim_odd import ODD
from tests.sim.sim_plan import (
    DEATHS,
    DRAWN,
    LIMITS,
    LOSSES,
    READ_TROUBLES,
    SIZINGS,
    SOCKET_TROUBLES,
    WRITE_TROUBLES,
    Act,
    Death,
    Limit,
    Plan,
    Trouble,
)

ACT_KINDS = (*BASE, *KINDS, *PEOPLE, *ODD)
_SECONDS = (0.5, 3.0, 8.0, 20.0, 90.0)
_OF_WRITES = (("place", WRITE_TROUBLES), ("modify", CHANGE_TROUBLES), ("cancel", CHANGE_TROUBLES))


@st.composite
def troubles(draw: st.DrawFn, followers: int) -> Trouble:
    """Draw a fault that can befall the call that it is for; the simplest is a lost answer."""
    writes = [
        (op, kind)
        for op, kinds in _OF_WRITES
        for kind in kinds
        if kind not in ("not_so", "late") or op == "place"
    ]
    writes.sort(key=lambda each: each != ("place", "lost"))
    reads = [(op, kind) for op in ("orders", "positions", "trades") for kind in READ_TROUBLES]
    frames = [("frame", kind) for kind in SOCKET_TROUBLES]
    operation, kind = draw(st.sampled_from([*writes, *reads, *frames]))
    least = 1 if (operation, kind) in writes else 0
    return Trouble(
        kind=kind, account=draw(st.integers(least, followers)), operation=operation,
        nth=draw(st.integers(1, 5)), seconds=draw(st.sampled_from(_SECONDS)),
    )  # fmt: skip


@st.composite
def acts(draw: st.DrawFn, symbols: tuple[int, ...]) -> Act:
    """Draw what a person, the market or the machine does; the simplest is to buy."""
    return Act(
        after=draw(st.sampled_from((1.0, *PAUSES))),
        kind=draw(st.sampled_from(ACT_KINDS)),
        symbol=draw(st.sampled_from(symbols)),
        lots=draw(st.sampled_from((1, 2, 3, 5, 10, 20))),
        ticks=draw(st.integers(-8, 8)),
        follower=draw(st.integers(1, 3)),
        pick=draw(st.integers(0, 9)),
    )


@st.composite
def limits(draw: st.DrawFn) -> Limit:
    """Draw a limit of a follower's."""
    of = draw(st.sampled_from(tuple(LIMITS)))
    return Limit(of=of, most=draw(st.sampled_from(LIMITS[of])), cut=draw(st.booleans()))


def deaths() -> st.SearchStrategy[Death]:
    """Draw an end of a life; the simplest lies just before a write."""
    return st.builds(
        Death,
        where=st.sampled_from(("before_write", *DEATHS, "seam")),
        n=st.integers(1, 40),
        pause=st.sampled_from((1.1, 3.0, 12.0)),
    )


@st.composite
def plans(draw: st.DrawFn, *, most_followers: int = 2, most_acts: int = 12) -> Plan:
    """Draw a day. The seed of the wire is drawn last, so that parts go first when it shrinks."""
    followers = draw(st.integers(1, most_followers))
    symbols = tuple(sorted(draw(st.sets(st.integers(0, DRAWN - 1), min_size=1, max_size=2))))
    each = st.lists
    return Plan(
        symbols=symbols,
        multipliers=tuple(
            draw(st.sampled_from(("1", "0.5", "2", "1.5"))) for _ in range(followers)
        ),
        mirrors=tuple(draw(st.sampled_from(("sweep", "orders", "fills"))) for _ in range(followers)),
        acts=tuple(draw(each(acts(symbols), min_size=1, max_size=most_acts))),
        troubles=tuple(draw(each(troubles(followers), max_size=4))),
        deaths=tuple(draw(each(deaths(), max_size=3))),
        limits=tuple(draw(st.none() | limits()) for _ in range(followers)),
        seed=draw(st.integers(0, 999)),
        losses=draw(
            st.one_of(
                st.just(()), st.tuples(*[st.sampled_from(("", *LOSSES))] * followers)
            )
        ),
        sizings=tuple(draw(st.sampled_from(("", *SIZINGS))) for _ in range(followers)),
    )  # fmt: skip
