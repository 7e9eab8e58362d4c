"""/panic while a sale waits for its owner's consent at the depository: its line says what he has to do."""

from engine.core.values.commands import RefusalKind
from engine.core.values.market import Product
from tests.core.core_world import World, done
from tests.core.test_core_panic import line, panic


def test_a_sale_that_waits_for_a_tpin_is_named_with_what_to_do():
    world = World()
    world.master(done(product=Product.CNC))
    world.ack_and_fill()
    world.wait(5)
    panic(world)
    world.refuse(world.place(), RefusalKind.HOLDINGS, "authorise at CDSL", http_status=428)
    assert "10 wait for your TPIN in Kite, then /resume father" in line(world)
