"""What the report tells of an exit of what the master converted."""

from engine.core.chat.day_report import day_report
from engine.core.values.day_report import Outcome
from engine.core.values.market import Venue
from tests.core.conversion_world import CNC, MIS, converted
from tests.core.core_world import an_order, done


def test_an_exit_that_another_of_ours_had_met_is_told_in_the_report():
    """Our copy of his MIS exit filled, his did not; then he sold the converted ones: nothing more had to leave."""
    world = converted(25)
    world.master(an_order("X1", "SELL", quantity=25, price="110"))
    world.ack_and_fill()
    world.master(done("X2", "SELL", quantity=25, product=CNC))
    world.master(an_order("X1", "SELL", quantity=25, price="110", status="CANCELLED"))
    assert world.held() == 25, "as much as he holds"
    assert not world.pending
    report = day_report(world.state, Venue.LIVE, as_of=world.now)
    (row,) = [row for row in report.rows if row.master_order_id == "X2"]
    assert (row.product, row.outcome) == (MIS, Outcome.SKIPPED)
    assert row.detail.endswith("other exits had closed it")
