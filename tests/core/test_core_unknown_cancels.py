"""A cancel without an answer, or a refused one, is repeated only after a look."""

from decimal import Decimal

from engine.core.values.commands import RefusalKind
from tests.core.core_world import FATHER, World, an_order


def test_an_unknown_cancel_is_repeated_only_after_a_read_that_shows_it_working():
    world = World()
    world.master(an_order("M1", price="99.5"))
    world.ack()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    world.lose(world.cancel())
    world.wait(5)
    assert not world.pending
    world.read()
    world.wait(1.1)
    assert world.cancel().intent_id.endswith("x2")


def test_a_refused_cancel_waits_for_a_look_and_sees_the_fill():
    world = World()
    world.master(an_order("M1", price="99.5"))
    child = world.ack()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    cancel = world.cancel()
    world.change(
        child, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal("99.5")
    )
    world.refuse(cancel, RefusalKind.BUSY, "being processed")
    assert FATHER in world.reads
    world.read()
    assert world.held() == 10


def test_cancels_end_after_five_and_a_person_is_asked():
    world = World()
    world.master(an_order("M1", price="99.5"))
    world.ack()
    world.master(an_order("M1", price="99.5", status="CANCELLED"))
    for _ in range(400):
        while world.pending:
            world.lose(world.cancel())
        world.wait(1)
        world.read()
    cancels = [command for command in world.commands if command.priority == "cancel"]
    assert len(cancels) == 5
    assert world.alerts("Please cancel it in Kite")
