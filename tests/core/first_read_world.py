"""The occasions after which an account must be read first."""

from datetime import datetime

from engine.core.values.commands import Place
from engine.core.values.events import BookRead
from engine.core.values.market import AccountName, Venue
from tests.core.core_world import FATHER, World, a_follower, done


def holding() -> World:
    """Both followers hold 10 SBIN; everything was read."""
    world = World(a_follower(), a_follower("mother"))
    world.master(done())
    for _ in range(2):
        world.ack_and_fill()
    world.wait(3)
    return world


def book_asked(world: World, at: datetime, name: AccountName = FATHER) -> None:
    """Answer a read that was asked for at another time than now."""
    shown = tuple(world.rows[name].values()) if name in world.rows else ()
    world.offer(
        BookRead(
            venue=Venue.LIVE, account=name, rows=shown,
            total=max(len(shown), world.state.account(name).book_total), asked_at=at, at=world.now,
        )
    )  # fmt: skip


def after_a_start(world: World) -> None:
    world.restart()
    world.master()


def after_a_login(world: World) -> None:
    world.lose_session()
    world.sleep(1)
    world.log_in(FATHER)


def fathers(world: World) -> list[Place]:
    """Take what waits to leave; return the placements of father."""
    found = [each for each in world.pending if isinstance(each, Place)]
    world.pending.clear()
    return [each for each in found if each.follower == FATHER]
