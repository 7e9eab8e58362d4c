"""The one queue and the one writer: durable first, then sent; a fault costs one event at most."""

import pytest
from msgspec.structs import replace

from engine.budget import SECOND, RateBudget
from engine.core.values import control as c
from engine.core.values.commands import Acked, Cancel, Modify, Place, Priority, Withheld
from engine.core.values.events import RowHinted, Ticked
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderId, OrderStatus, Side, Venue
from engine.core.values.notices import NoticeKind, Severity
from engine.core.values.orders import OrderRow
from engine.errors import JournalError, StoreDamaged
from engine.runner import FAULTS_WITHIN_S, MOST_FAULTS
from tests.core.core_world import FATHER, MOTHER, OWNER, World, a_follower, done
from tests.engine_shell.shell_world import Shell, a_cancel, a_change, a_place, settle


async def test_sending_is_durable_before_the_first_byte_leaves():
    shell = Shell()
    shell.runner.offer(shell.master(done("M1")))
    assert shell.diary == [], "nothing is decided before the loop turns"
    await settle()
    kinds = [e if isinstance(e, tuple) else type(e).__name__ for e in shell.diary]
    (tag,) = [command.tag for command in shell.gateway().sent]
    assert kinds == [(IntentState.SENDING, tag), "Place"]


async def test_everything_that_is_ready_is_committed_once_and_exits_leave_first():
    shell = Shell(World(a_follower(), a_follower("mother")))
    shell.gateway().obliging = shell.gateway(MOTHER).obliging = True
    shell.runner.offer(shell.master(done("M1", symbol="INFY")))
    await settle()
    for placed in shell.gateway().sent:
        _fill(shell, placed)
    await settle()
    batches, sent = len(shell.journal.batches), len(shell.gateway().sent)

    # An entry is decided first, an exit after it, in one turn of the loop.
    shell.runner.offer(shell.master(done("M2", symbol="SBIN")))
    shell.runner.offer(shell.master(done("M3", "SELL", symbol="INFY")))
    shell.runner.offer(Ticked(at=shell.clock.now(), trading_day=shell.runner.state.trading_day))
    await settle(2)
    assert len(shell.journal.batches) == batches + 1, "one commit for all"
    left = shell.gateway().sent[sent:]
    assert [command.priority for command in left] == [Priority.EXIT] * 2 + [Priority.ENTRY] * 2
    assert {command.follower for command in left} == {FATHER, MOTHER}


def _fill(shell: Shell, placed: Place) -> None:
    """Tell by the follower's socket that an order of his filled whole."""
    child = shell.runner.state.children[placed.tag]
    row = OrderRow(
        order_id=child.order_id or OrderId("B1"),
        status=OrderStatus.COMPLETE,
        exchange=placed.exchange,
        symbol=placed.symbol,
        side=placed.side,
        order_type=placed.order_type,
        product=placed.product,
        quantity=placed.quantity,
        filled_quantity=placed.quantity,
        average_price=placed.last_price,
        tag=placed.tag,
        updated_at=shell.clock.now(),
    )
    shell.runner.offer(
        RowHinted(
            venue=placed.venue,
            account=placed.follower,
            row=row,
            at=shell.clock.now(),
            trusted=True,
        )
    )


async def test_what_one_turn_of_the_loop_decides_stays_inside_the_budget_as_a_whole():
    shell = Shell()
    lane = shell.runner.lanes[Venue.LIVE, FATHER]
    lane._budget = RateBudget()
    for number in range(SECOND.entries + 1):
        shell.runner.offer(shell.master(done(f"M{number}", symbol=("SBIN", "INFY")[number % 2])))
    await settle(2)
    assert len(shell.gateway().sent) == SECOND.entries
    assert len(shell.journal.batches) == 1


async def test_a_request_is_answered_only_once_it_is_durable_and_takes_effect_at_once():
    shell = Shell()
    asking = shell.runner.ask(c.StopCopy(), by=OWNER, update_id=900)
    reply = await asking
    assert reply.accepted
    ((event, records),) = shell.journal.batches[-1]
    assert event.update_id == 900
    assert any(type(record).__name__ == "CopyingSet" for record in records)
    again = await shell.runner.ask(c.StopCopy(), by=OWNER, update_id=900)
    assert again.duplicate


async def test_a_stop_overtakes_an_entry_that_was_decided_but_has_not_left():
    # The epoch is the lane's: an entry decided before the stop finds another one at the gate.
    shell = Shell()
    shell.runner.offer(shell.master(done("M1")))
    reply = await shell.runner.ask(c.StopCopy(), by=OWNER)
    assert reply.accepted
    await settle()
    assert shell.gateway().sent == []


async def test_a_pause_overtakes_an_entry_of_that_follower_and_of_no_other():
    shell = Shell(World(a_follower("father"), a_follower("mother")))
    shell.runner.offer(shell.master(done("M1")))
    reply = await shell.runner.ask(c.PauseFollower(follower=FATHER), by=OWNER)
    assert reply.accepted
    await settle()
    assert [each.follower for each in shell.gateway().sent] == [MOTHER]
    (child,) = shell.world.children("M1", Leg.ENTRY)
    assert child.state is IntentState.KILLED
    assert child.reason == ("the follower was paused before it left")


async def test_when_the_journal_fails_nothing_leaves_then_or_ever_after():
    shell = Shell()
    shell.journal.broken = True
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    assert shell.gateway().sent == []
    assert shell.runner.failed.done()
    shell.journal.broken = False
    shell.runner.offer(shell.master(done("M2")))
    await settle()
    assert shell.gateway().sent == []
    assert shell.journal.batches == []
    with pytest.raises(JournalError, match="nothing took effect"):
        await shell.runner.ask(c.StopCopy(), by=OWNER)
    with pytest.raises(JournalError):
        shell.runner.failed.result()


async def test_a_person_whose_request_could_not_be_kept_is_told_so():
    shell = Shell()
    shell.journal.broken = True
    with pytest.raises(JournalError):
        await shell.runner.ask(c.StopCopy(), by=OWNER)
    assert isinstance(shell.runner.failed.exception(), JournalError)


async def test_an_event_that_cannot_be_decided_is_dropped_and_the_state_rebuilt():
    shell = Shell()
    rebuilt = World()
    shell.journal.begin = lambda: rebuilt.state
    shell.runner.offer(shell.master(done("M1")))
    shell.runner.offer(_poison(shell))
    await settle()
    # What was decided before it in the same turn is kept and has left.
    assert [command.symbol for command in shell.gateway().sent] == ["SBIN"]
    assert shell.journal.loads == 1
    assert shell.runner.state is rebuilt.state
    assert shell.restored == [rebuilt.state]
    (told,) = [n for n in shell.notices if n.kind is NoticeKind.ALERT]
    assert told.severity is Severity.ERROR
    assert "dropped and the state rebuilt" in told.text
    assert not shell.runner.failed.done()


async def test_what_waits_behind_a_poisonous_event_is_still_decided():
    shell = Shell()
    rebuilt = World()
    shell.journal.begin = lambda: rebuilt.state
    shell.runner.offer(_poison(shell))
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    assert [command.symbol for command in shell.gateway().sent] == ["SBIN"]


async def test_three_faults_in_a_row_end_the_process_and_nothing_more_leaves():
    shell = Shell()
    shell.journal.begin = lambda: World().state
    for _ in range(MOST_FAULTS):
        shell.runner.offer(_poison(shell))
    await settle()
    assert shell.runner.failed.done()
    assert isinstance(shell.runner.failed.exception(), AttributeError)
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    assert shell.gateway().sent == []


async def test_a_fault_while_the_store_cannot_be_read_ends_everything():
    shell = Shell()

    def damaged():
        raise StoreDamaged("a page is gone")

    shell.journal.begin = damaged
    shell.runner.offer(_poison(shell))
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    assert isinstance(shell.runner.failed.exception(), StoreDamaged)
    assert shell.gateway().sent == []


async def test_a_request_that_fails_inside_is_answered_and_does_not_hang():
    shell = Shell()
    shell.journal.begin = lambda: World().state
    with pytest.raises(JournalError, match="failed inside; nothing took effect"):
        await shell.runner.ask(None, by=None)
    await settle()
    assert not shell.runner.failed.done()


async def test_one_accounts_broken_gateway_costs_no_other_account_its_order():
    shell = Shell(World(a_follower(), a_follower("mother")))

    def breaks(command, *, timeout_s, done):
        raise RuntimeError("a bug of the adapter")

    shell.gateway(FATHER).submit = breaks
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    assert [command.follower for command in shell.gateway(MOTHER).sent] == [MOTHER]
    (fathers,) = [x for x in shell.runner.state.children.values() if x.key.follower == FATHER]
    assert fathers.state is IntentState.UNKNOWN, "a byte may have left"
    assert any("UNKNOWN" in notice.text for notice in shell.notices)


async def test_faults_apart_from_each_other_do_not_add_up():
    shell = Shell()
    shell.journal.begin = lambda: World().state
    for _ in range(MOST_FAULTS + 2):
        shell.runner.offer(_poison(shell))
        await settle()
        await shell.clock.pass_time(FAULTS_WITHIN_S)
    assert not shell.runner.failed.done()


def _poison(shell: Shell):
    """Return an event that only a bug could make: no decision about it can end."""
    return replace(shell.master(), rows=(None,))


async def test_what_is_to_be_read_and_told_follows_the_commit():
    shell = Shell()
    shell.gateway().obliging = True
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    cards = [n for n in shell.notices if n.kind is NoticeKind.CARD]
    assert {n.master_order_id for n in cards} == {"M1"}
    assert shell.runner.state.children
    (child,) = shell.runner.state.children.values()
    assert child.state is IntentState.ACKED
    assert isinstance(shell.journal.batches[-1][0][0].outcome, Acked)


async def test_a_silent_master_costs_no_commits():
    shell = Shell()
    before = len(shell.journal.batches)
    for _ in range(5):
        shell.runner.offer(Ticked(at=shell.clock.now(), trading_day=shell.runner.state.trading_day))
        await shell.clock.pass_time(0.1)
    assert len(shell.journal.batches) == before


async def test_the_exit_is_not_held_back_by_what_holds_entries_back():
    shell = Shell()
    shell.gateway().obliging = True
    shell.runner.offer(shell.master(done("M1")))
    await settle()
    _fill(shell, shell.gateway().sent[0])
    await settle()
    await shell.runner.ask(c.SetKill(active=True), by=OWNER)
    await shell.runner.ask(c.PauseFollower(follower=FATHER), by=OWNER)
    await shell.runner.ask(c.StopCopy(), by=OWNER)
    shell.kill.active = True
    for _ in range(12):
        await shell.clock.pass_time(5.0)
        shell.runner.offer(Ticked(at=shell.clock.now(), trading_day=shell.runner.state.trading_day))
    shell.runner.offer(shell.master(done("M2", "SELL")))
    await settle()
    last = shell.gateway().sent[-1]
    assert (last.side, last.quantity, last.priority) == (Side.SELL, 10, Priority.EXIT)


@pytest.mark.parametrize("left", [a_place(), a_change(enters=True), a_cancel()])
async def test_what_is_for_an_account_that_is_gone_is_answered_for_what_it_is(left):
    """A change must not be taken for the placement: that one is at the broker, and stays."""
    shell = Shell()
    answer = shell.runner._withheld(left)
    assert (answer.cancel, answer.modify) == (isinstance(left, Cancel), isinstance(left, Modify))
    assert isinstance(answer.outcome, Withheld)
