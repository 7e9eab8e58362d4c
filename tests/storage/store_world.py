"""A morning's decisions for the journal, and ways to spoil its file."""

from collections.abc import Sequence
from pathlib import Path

from engine.core.state.turn import Decision
from engine.core.values import records as r
from engine.core.values.commands import RefusalKind
from engine.core.values.events import Event
from storage.journal import STORE_NAME, Journal
from tests.core.core_world import FATHER, MOTHER, World, a_follower, an_order, done

Batch = list[tuple[Event, Sequence[r.Record]]]


class KeptWorld(World):
    """A world that keeps each decision as the runner would commit it."""

    def __init__(self, *args, **kwargs) -> None:
        self.decided: Batch = []
        super().__init__(*args, **kwargs)

    def offer(self, event: Event) -> Decision:
        decision = super().offer(event)
        if decision.records:
            self.decided.append((event, decision.records))
        return decision


def a_morning() -> KeptWorld:
    """Play entries, a partial exit, a refusal, an answer lost and found, a cancel and a restart."""
    world = KeptWorld(a_follower(), a_follower("mother", multiplier="0.5"))
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    world.ack_and_fill()
    world.master(done("M2", "SELL", 4))
    world.ack_and_fill()
    world.refuse(world.place(), RefusalKind.RATE, "Too many requests")
    world.wait(2)
    world.ack_and_fill()
    world.master(done("M3", symbol="INFY"))
    lost = world.place()
    world.lose(lost)
    world.refuse(world.place())
    world.book_row(lost)
    world.read(lost.follower)
    world.master(an_order("M4", quantity=20, price="99.50", symbol="INFY"))
    while world.pending:
        world.ack()
    world.master(an_order("M4", quantity=20, price="99.50", symbol="INFY", status="CANCELLED"))
    world.cancelled()
    world.lose_session(MOTHER)
    world.read(FATHER)
    return world


def store_of(folder: Path) -> Path:
    return folder / STORE_NAME


def a_filled_store(folder: Path) -> KeptWorld:
    """Write a morning into a store and close it; return what it should hold."""
    world = a_morning()
    journal = Journal.open(folder)
    for each in world.decided:
        journal.commit([each])
    journal.close()
    return world
