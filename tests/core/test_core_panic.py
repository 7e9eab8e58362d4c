"""/panic: entries out, copies squared off, own holdings untouched, and flat only where it was proved."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.chat.plain_sentences import asking
from engine.core.observe.panic import PROVED_WITHIN, panic_lines
from engine.core.state.turn import child_tag
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.commands import Cancel, Command, Place, RefusalKind
from engine.core.values.events import Asked
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Product, Side, Venue
from engine.core.values.notices import NoticeKind, Severity
from engine.core.values.orders import PositionRow
from tests.core.core_told import told
from tests.core.core_world import FATHER, MORNING, MOTHER, OWNER, World, a_follower, an_order, done


def shows(world: World, units: int, symbol: str = "SBIN", name=FATHER) -> None:
    row = PositionRow(exchange="NSE", symbol=symbol, product=Product.MIS, quantity=units)
    world.positions(row, name=name)


def panic(world: World, venue: Venue = Venue.LIVE) -> c.Reply:
    return world.ask(c.SquareOffAll(venue=venue))


def holding(*followers, own: int = 0, quantity: int = 10) -> World:
    world = World(*followers)
    if own:
        shows(world, own)
        world.wait(5)
    world.master(done(quantity=quantity))
    for _ in world.rules:
        world.ack_and_fill()
    world.wait(5)
    return world


def cards(world: World) -> list[str]:
    return [
        n.text for n in world.notices if n.kind is NoticeKind.CARD and n.topic.startswith("panic")
    ]


def line(world: World, name=FATHER) -> str:
    return next(x.text for x in panic_lines(world.state, at=world.now) if x.follower == name)


def test_it_closes_what_is_copied_and_is_done_only_by_positions_read_afterwards():
    world = holding()
    reply = panic(world)
    assert reply.accepted
    assert "1 copied holding is being closed" in reply.text
    assert not world.state.copying
    exit_ = world.place()
    assert (exit_.side, exit_.quantity, exit_.priority) == (Side.SELL, 10, "exit")
    world.ack_and_fill(exit_)
    world.wait(2)
    assert line(world) == "closed; positions are being read"
    assert world.state.panic.ended_at is None
    world.wait(5)
    shows(world, 0)
    world.wait(1)
    assert line(world).startswith("verified flat at ")
    assert world.state.panic.ended_at is not None
    assert "every follower is verified flat" in world.alerts("Panic")[-1].text
    assert world.state.panic.name == "owner"
    world.check_journal()


def test_one_card_tells_each_step_and_is_not_repeated_where_nothing_changed():
    world = holding()
    panic(world)
    world.wait(5)
    assert len({n.topic for n in world.notices if n.topic.startswith("panic")}) == 1
    assert [text.splitlines()[1] for text in cards(world)] == [
        "father: +10 SBIN",
        "father: +10 SBIN; 1 order works",
    ]
    assert cards(world)[0].startswith("PANIC 10:00:0")
    assert "by owner: entries stopped" in cards(world)[0]


def test_positions_that_were_on_their_way_before_prove_nothing():
    world = holding()
    panic(world)
    world.ack_and_fill()
    shows(world, 0)
    world.wait(3)
    assert world.state.panic.ended_at is None
    shows(world, 0)
    world.wait(1)
    assert world.state.panic.ended_at is not None


def test_positions_that_go_on_showing_it_are_told_as_not_verified():
    world = holding()
    panic(world)
    world.ack_and_fill()
    world.wait(5)
    shows(world, 10)
    world.wait(1)
    assert line(world) == "closed; Kite shows +10 SBIN still"
    world.wait(PROVED_WITHIN.total_seconds())
    shows(world, 10)
    world.wait(1)
    found = world.alerts("NOT all is verified flat")[-1]
    assert found.severity is Severity.CRITICAL
    assert "father: closed, NOT verified: Kite shows +10 SBIN" in found.text


def test_what_rests_of_entries_is_cancelled_and_what_fills_meanwhile_is_closed_too():
    world = World()
    world.master(an_order("L1", quantity=50, price="90"))
    resting = world.ack()
    panic(world)
    cancel = world.cancel()
    world.fill(resting, 30, price=90)
    world.wait(1)
    exit_ = world.place()
    assert (exit_.side, exit_.quantity) == (Side.SELL, 30)
    world.cancelled(cancel)
    world.ack_and_fill(exit_)
    world.wait(5)
    shows(world, 0)
    world.wait(1)
    assert world.state.panic.ended_at is not None
    assert not world.pending


def test_what_the_owner_holds_himself_is_not_touched():
    world = holding(own=40)
    panic(world)
    assert world.ack_and_fill().quantity == 10
    world.wait(5)
    shows(world, 40)
    world.wait(1)
    assert line(world).startswith("verified flat")
    assert not world.pending


def test_a_restart_in_the_middle_goes_on_and_sends_nothing_twice():
    world = holding(a_follower(), a_follower(name=MOTHER))
    panic(world)
    first = world.ack()
    world.restart()
    assert world.state.panic.ended_at is None
    world.master()
    world.read()
    world.read(MOTHER)
    world.wait(3)
    world.fill(first)
    world.wait(3)
    assert world.held() == 0
    sold = [p for p in world.places() if p.side is Side.SELL and p.follower == FATHER]
    assert len(sold) == 1


def test_the_same_update_twice_and_a_second_panic_close_nothing_twice():
    world = holding()
    world.ask(c.SquareOffAll(venue=Venue.LIVE), update_id=7)
    assert world.ask(c.SquareOffAll(venue=Venue.LIVE), update_id=7).duplicate
    assert panic(world).text.startswith("Under way since 10:00:0")
    assert len([each for each in world.pending if isinstance(each, Place)]) == 1


def test_his_stop_that_rests_is_taken_over():
    world = holding()
    world.master(an_order("S1", "SELL", quantity=10, price="110"))
    world.ack()
    panic(world)
    while world.pending:
        command = world.take()
        if isinstance(command, Cancel):
            world.cancelled(command)
        else:
            world.ack_and_fill(command)
        world.wait(1)
    assert world.held() == 0
    world.master(done("X1", "SELL"))
    assert not world.pending


def test_nothing_is_started_while_it_goes_on_and_his_holding_is_not_entered_again_afterwards():
    world = holding()
    panic(world)
    refused = world.ask(c.StartCopy())
    assert not refused.accepted
    assert "/panic is still closing" in refused.text
    world.ack_and_fill()
    world.wait(5)
    shows(world, 0)
    world.wait(1)
    assert world.ask(c.StartCopy()).accepted
    world.wait(3)
    assert not world.pending
    world.master(done("M2"))
    assert world.place().quantity == 10


def test_a_mode_that_has_changed_since_the_question_is_not_squared_off():
    world = holding()
    reply = panic(world, Venue.PAPER)
    assert not reply.accepted
    assert "the mode is LIVE now" in reply.text
    assert world.state.copying


def test_in_paper_the_ledger_is_the_proof():
    world = World(venue=Venue.PAPER)
    world.obliging = True
    world.master(done())
    panic(world, Venue.PAPER)
    world.wait(2, SBIN=100)
    assert line(world) == "verified flat"
    assert world.state.panic.ended_at is not None


def test_without_a_session_it_says_so_and_closes_after_the_login():
    world = holding()
    world.lose_session()
    panic(world)
    assert line(world) == "+10 SBIN. No session: /login father"
    world.wait(3)
    assert not world.pending
    world.log_in(FATHER)
    world.read()
    shows(world, 10)
    world.wait(1)
    assert world.place().quantity == 10


def test_the_night_ends_it_and_nothing_is_closed_next_morning_by_itself():
    world = holding()
    world.lose_session()
    panic(world)
    world.sleep(86_400)
    world.wait(1)
    assert "The day is over and panic with it" in world.alerts("NOT all")[-1].text
    assert world.state.panic.ended_at is not None
    world.check_journal()


def test_nothing_copied_is_done_at_once():
    world = World()
    panic(world)
    assert line(world) == "nothing is copied"
    assert world.state.panic.ended_at is not None


def restart(world: World) -> None:
    lost = list(world.pending)
    world.restart()
    for command in lost:
        # What had left is in the book, whatever became of the process.
        if isinstance(command, Place):
            world.book_row(command)
    world.master()
    world.read()


def answer(world: World, command: Command, *, in_parts: bool) -> None:
    if isinstance(command, Place):
        world.ack(command)
        if in_parts and command.quantity > 1:
            world.fill(command, command.quantity // 2)
        world.fill(command)
    elif isinstance(command, Cancel):
        placed = world.state.children[child_tag(command.intent_id)].command
        if world.row(placed).status.is_terminal:
            world.refuse(command, RefusalKind.BUSY)
        else:
            world.cancelled(command)
    else:
        world.modified(command)


def fill_what_works(world: World) -> None:
    for command in world.places():
        known = command.tag in world.order_ids and not world.row(command).status.is_terminal
        if known and command.order_type is OrderType.MARKET:
            world.fill(command)


def test_the_story_says_who_began_it_and_when_it_ended():
    begun = r.PanicBegun(venue=Venue.LIVE, user_id=7, name="Asha", at=MORNING)
    assert told(begun) == "Asha: began to square all copies off (/panic)."
    assert told(r.PanicEnded(at=MORNING)) == ": /panic ended."
    asked = Asked(
        request=c.SquareOffAll(venue=Venue.LIVE), by=OWNER, update_id=1, sent_at=None, at=MORNING
    )
    assert asking(asked).text == "confirmed /panic in LIVE."


@settings(max_examples=60, deadline=None)
@given(
    before=st.lists(
        st.tuples(
            st.sampled_from(["SBIN", "INFY"]), st.integers(1, 60), st.sampled_from(["MARKET", "LIMIT"])
        ),
        min_size=1, max_size=4,
    ),
    steps=st.lists(
        st.sampled_from(["fill", "part", "cancel", "wait", "restart", "panic", "exit"]), max_size=12
    ),
)  # fmt: skip
def test_whatever_happens_meanwhile_it_ends_flat_sells_no_more_than_was_held_and_enters_nothing(
    before, steps
):
    world = World()
    for number, (symbol, units, kind) in enumerate(before):
        how = {"price": "90"} if kind == "LIMIT" else {}
        row = an_order if kind == "LIMIT" else done
        world.master(row(f"M{number}", symbol=symbol, quantity=units, **how))
    panic(world)
    already = len(world.commands)
    for number, step in enumerate(steps):
        if step == "restart":
            restart(world)
        elif step == "panic":
            panic(world)
        elif step == "exit":
            world.master(done(f"X{number}", "SELL", quantity=5))
        elif step == "wait" or not world.pending:
            world.wait(1)
        else:
            answer(world, world.take(), in_parts=step == "part")
    world.obliging = True
    world._oblige()
    for _ in range(3):
        world.wait(10, SBIN=100, INFY=100)
        fill_what_works(world)
    for books in world.state.books.values():
        for book in books.values():
            assert book.held == 0
    assert not [child for child in world.state.open_children.values() if child.leg is Leg.ENTRY]
    sent_after = [p for p in world.commands[already:] if isinstance(p, Place)]
    assert all(p.side is Side.SELL for p in sent_after)
    world.check_journal()
