"""A past day's report is folded out of the journal as it was, and samples of profit outlive a restart."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from time import perf_counter

import pytest
from msgspec.structs import replace

from engine.core.chat.day_report import day_report
from engine.core.chat.profit_samples import profit_samples as in_steps
from engine.core.values.control import StartCopy
from engine.core.values.events import Started
from engine.core.values.market import MASTER, Product, Venue
from engine.core.values.orders import PositionRow
from engine.core.values.profit_sample import ProfitSample
from engine.errors import JournalError, StoreDamaged
from storage.journal import Journal
from storage.past_days import last_samples, past_reports, stored_samples, trading_days
from tests.core.core_world import FATHER, MORNING, a_follower, done
from tests.storage.store_world import KeptWorld, store_of

TODAY = MORNING.date()


def live_report(world):
    return day_report(world.state, Venue.LIVE, as_of=world.now)


def plays(world: KeptWorld, order_id: str, his: object, quantity: int = 10) -> None:
    world.master(done(order_id, quantity=quantity, average_price=his))
    while world.pending:
        world.ack_and_fill()
    world.master_positions(
        PositionRow(exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=quantity, last_price=Decimal(104))
    )  # fmt: skip


def profit_samples(state, *, at) -> list:
    return [each for each in in_steps(state, at=at) if each is not None]


def three_days(folder) -> tuple[list, KeptWorld]:
    """Play three trading days into a store; return the report of each as it stood when the day was over."""
    world = KeptWorld(a_follower(), a_follower("mother", multiplier=3))
    reports = []
    for number in range(3):
        plays(world, f"M{number}", 99 + number)
        # A question, an answer, what was shown: all that a report leaves aside.
        world.master(done(f"N{number}", symbol="INFY"))
        world.refuse(world.place())
        world.refuse(world.place())
        reports.append(live_report(world))
        if number < 2:
            world.sleep(24 * 3600)
            world.offer(
                Started(
                    at=world.now, trading_day=TODAY + timedelta(days=number + 1), install_id="K7"
                )
            )
            for name in (MASTER, FATHER, "mother"):
                world.log_in(name)
            for name in (FATHER, "mother"):
                world.read(name)
            world.master_rows.clear()
            world.master()
            world.master_positions()
            assert world.ask(StartCopy()).accepted
            world.go_live()
    journal = Journal.open(folder)
    journal.commit(world.decided)
    journal.close()
    return reports, world


def test_each_day_is_told_again_as_it_was_when_it_ended(tmp_path):
    reports, _ = three_days(tmp_path)
    assert all(each.followers[0].copied and each.followers[0].refused for each in reports)
    again = past_reports(tmp_path, TODAY, TODAY + timedelta(days=2))
    assert [each.day for each in again] == [each.day for each in reports]
    assert [replace(each, as_of=None) for each in again] == [
        replace(each, as_of=None) for each in reports
    ]
    assert trading_days(tmp_path) == tuple(each.day for each in reports)


def test_a_day_is_told_as_of_its_own_last_event(tmp_path):
    three_days(tmp_path)
    (first,) = past_reports(tmp_path, TODAY, TODAY)
    assert first.as_of is not None
    assert first.as_of.date() == TODAY


def test_days_before_and_after_have_no_report(tmp_path):
    three_days(tmp_path)
    assert past_reports(tmp_path, date(2026, 11, 1), date(2026, 11, 17)) == ()
    assert past_reports(tmp_path, date(2026, 12, 1), date(2026, 12, 2)) == ()
    assert past_reports(tmp_path / "none", TODAY, TODAY) == ()


def a_sample(
    account: str = "father", minute: int = 0, rupees: object = 10, day: date = TODAY
) -> ProfitSample:
    return ProfitSample(
        day=day, venue=Venue.LIVE, account=account, at=MORNING + timedelta(minutes=minute),
        rupees=Decimal(str(rupees)), realised=Decimal("0.05"),
    )  # fmt: skip


def test_samples_survive_a_restart_and_are_no_part_of_the_history(tmp_path):
    three_days(tmp_path)
    journal = Journal.open(tmp_path)
    head = journal.head()
    journal.add_profit_samples([a_sample(minute=1, rupees="-12.35"), a_sample(minute=0)])
    journal.add_profit_samples([a_sample("master", minute=1, rupees=7)])
    assert journal.head() == head
    journal.close()
    Journal.open(tmp_path).close()  # the chain still holds
    assert stored_samples(tmp_path, TODAY) == (
        a_sample(minute=0), a_sample(minute=1, rupees="-12.35"), a_sample("master", minute=1, rupees=7),
    )  # fmt: skip
    assert [each.rupees for each in last_samples(tmp_path, TODAY, TODAY)] == [Decimal("-12.35"), 7]


def test_of_very_many_samples_some_are_read_and_of_each_account_the_newest(tmp_path):
    journal = Journal.open(tmp_path)
    names = [f"f{number:02}" for number in range(12)]
    journal.add_profit_samples([a_sample(name, minute) for name in names for minute in range(400)])
    journal.close()
    found = stored_samples(tmp_path, TODAY)
    assert 1_000 < len(found) <= 2_000
    newest = {each.account: each.at for each in found}
    assert newest == dict.fromkeys(names, MORNING + timedelta(minutes=399))
    assert [each.at for each in found if each.account == "f00"] == sorted(
        each.at for each in found if each.account == "f00"
    )


def test_what_a_past_day_came_to_is_its_last_sample_since_no_price_is_in_the_journal(tmp_path):
    three_days(tmp_path)
    journal = Journal.open(tmp_path)
    journal.add_profit_samples([a_sample(minute=1, rupees=111), a_sample(minute=2, rupees=222)])
    journal.close()
    first, second = past_reports(tmp_path, TODAY, TODAY + timedelta(days=1))
    assert first.followers[0].profit.rupees == 222
    assert first.followers[0].profit.at == MORNING + timedelta(minutes=2)
    assert second.followers[0].profit.at is None


def test_samples_are_of_everybody_whose_profit_is_known_whole():
    world = KeptWorld(a_follower(), a_follower("mother", symbols_block=("NSE:SBIN",)))
    world.master(done("M1", average_price=100))
    world.ack_and_fill()
    found = profit_samples(world.state, at=world.now)
    assert [each.account for each in found] == ["mother"], (
        "no price is known of what the others hold"
    )
    world.wait(1, SBIN=103)
    found = profit_samples(world.state, at=world.now)
    assert {each.account: each.rupees for each in found} == {
        "master": 30,
        "father": 30,
        "mother": 0,
    }


def test_who_has_one_symbol_without_a_price_is_left_out_rather_than_drawn_with_a_jump():
    world = KeptWorld(a_follower())
    for number, symbol in enumerate(("SBIN", "INFY")):
        world.master(done(f"M{number}", symbol=symbol, average_price=100))
        world.ack_and_fill()
    world.wait(1, SBIN=103)
    assert [each.account for each in profit_samples(world.state, at=world.now)] == []
    world.wait(1, SBIN=103, INFY=100)
    assert len(profit_samples(world.state, at=world.now)) == 2


def test_where_the_store_is_locked_samples_are_left_out_at_once(tmp_path):
    journal = Journal.open(tmp_path)
    other = sqlite3.connect(store_of(tmp_path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = perf_counter()
    with pytest.raises(JournalError):
        journal.add_profit_samples([a_sample()])
    assert perf_counter() - began < 1, (
        "the writer waits two seconds for a lock, a sample not at all"
    )
    other.execute("ROLLBACK")
    other.close()
    assert journal._db.execute("PRAGMA busy_timeout").fetchone() == (2000,)
    journal.add_profit_samples([a_sample()])
    journal.close()
    assert len(stored_samples(tmp_path, TODAY)) == 1


def test_a_store_of_another_version_is_named_with_the_mend(tmp_path):
    Journal.open(tmp_path).close()
    with closing(sqlite3.connect(store_of(tmp_path))) as db, db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreDamaged, match="newer program"):
        past_reports(tmp_path, TODAY, TODAY)
