"""What is committed is what is found again, and it is on the disk when commit returns."""

import sqlite3
import stat
from contextlib import closing
from datetime import timedelta

import pytest

from engine.core.state.fold import apply
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.events import Answered
from engine.core.values.notices import NoticeKind
from engine.errors import JournalError
from storage.codec import decode_event, decode_record
from storage.journal import Journal
from storage.offline import offline_reads
from tests.core.core_world import FATHER, comparable
from tests.core.nifty_world import NiftyWorld, nifty_done
from tests.storage.store_world import KeptWorld, a_filled_store, a_morning, store_of


@pytest.fixture
def journal(tmp_path):
    opened = Journal.open(tmp_path)
    yield opened
    opened.close()


def rows(journal: Journal, query: str) -> list[tuple]:
    return journal._db.execute(query).fetchall()


def test_a_morning_is_folded_back_to_the_state_it_left(journal):
    world = a_morning()
    assert len(world.decided) > 20
    for each in world.decided:
        journal.commit([each])
    assert comparable(journal.load()) == comparable(world.state)


def test_records_of_an_older_program_are_read_as_they_were_meant():
    at = '"at":"2026-11-18T10:00:00+05:30"'
    old = f'{{"account":"father","rows":[],"asked_at":"2026-11-18T10:00:00+05:30",{at}}}'
    known = decode_record("PositionsKnown", old.encode())
    assert isinstance(known, r.PositionsKnown)
    assert known.holdings is None, "they were not kept then"
    paused = decode_record("FollowerPaused", b'{"follower":"father","paused":false}')
    assert isinstance(paused, r.FollowerPaused)
    assert paused.at is None


def test_group_commit_and_single_commits_leave_the_same(journal, tmp_path):
    world = a_morning()
    journal.commit(world.decided)
    assert comparable(journal.load()) == comparable(world.state)


def test_another_process_finds_the_same_after_a_close(tmp_path):
    world = a_filled_store(tmp_path)
    for _ in range(2):  # recovering twice is recovering once
        journal = Journal.open(tmp_path)
        assert comparable(journal.load()) == comparable(world.state)
        journal.close()


def test_committing_goes_on_where_the_last_process_stopped(tmp_path):
    world = a_morning()
    half = len(world.decided) // 2
    for part in (world.decided[:half], world.decided[half:]):
        journal = Journal.open(tmp_path)
        journal.commit(part)
        journal.close()
    journal = Journal.open(tmp_path)
    assert comparable(journal.load()) == comparable(world.state)
    numbers = [seq for (seq,) in rows(journal, "SELECT seq FROM records ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1))
    journal.close()


def test_a_login_kept_before_segments_were_known_is_read_and_gates_nothing():
    body = (
        b'{"account":"father","ok":true,"user_id":"FA0001","user_name":"Father",'
        b'"sealed_token":"enc:x","login_at":"2026-11-18T08:31:00+05:30"}'
    )
    state = State()
    apply(state, decode_record("SessionKept", body))
    assert state.account(FATHER).session_ok
    assert not state.account(FATHER).lacks("NFO")
    assert state.account(FATHER).demat_consent is None


def test_every_event_is_kept_as_it_was_for_replay(journal):
    world = a_morning()
    journal.commit(world.decided)
    kept = [
        decode_event(*row) for row in rows(journal, "SELECT kind, body FROM events ORDER BY seq")
    ]
    assert kept == [event for event, _ in world.decided]


def test_the_intents_table_says_what_became_of_every_order(journal):
    world = a_morning()
    journal.commit(world.decided)
    told = {
        tag: (state, order_id, quantity)
        for tag, state, order_id, quantity in rows(
            journal, "SELECT tag, state, order_id, quantity FROM intents"
        )
    }
    children = world.state.children
    assert told == {
        tag: (child.state.value, child.order_id, child.command.quantity)
        for tag, child in children.items()
    }
    assert {state for state, _, _ in told.values()} >= {"ACKED", "REFUSED"}


def test_what_a_chat_was_not_shown_waits_for_that_chat(journal):
    world = a_morning()
    journal.commit(world.decided)
    first = world.notices[0].at
    alerts = [n for n in world.notices if n.kind is NoticeKind.ALERT]
    assert journal.waiting_notices((2, 1), since=first) == [(each, (1, 2)) for each in alerts]
    newest = {n.topic: n for n in world.notices if n.kind is NoticeKind.CARD}
    shown = c.NoticeDelivered(
        notice_id=alerts[0].notice_id, topic=alerts[0].topic, chat_id=1, message_id=5
    )
    world.decided.clear()
    world.ask(shown)
    journal.commit(world.decided)
    left = journal.waiting_notices((1, 2), since=first)
    assert [chats for notice, chats in left if notice == alerts[0]] == [(2,)]
    assert [notice for notice, chats in left if chats == (1, 2)] == alerts[1:]
    # The newest card of each order, for whoever was here before.
    assert {n.topic: n for n, chats in left if chats == (1,)} == newest
    later = alerts[-1].at + timedelta(days=2)
    assert journal.waiting_notices((1, 2), since=later) == [(each, (1, 2)) for each in alerts[1:]]


def test_the_store_is_durable_by_its_own_word_and_only_its_owners(journal, tmp_path):
    assert rows(journal, "PRAGMA journal_mode") == [("wal",)]
    assert rows(journal, "PRAGMA synchronous") == [(2,)], "FULL: an fsync in every commit"
    assert rows(journal, "PRAGMA foreign_keys") == [(1,)]
    assert stat.S_IMODE(store_of(tmp_path).stat().st_mode) == 0o600


def test_an_installation_keeps_its_id(tmp_path):
    first = Journal.open(tmp_path)
    first.close()
    again = Journal.open(tmp_path)
    assert again.install_id == first.install_id
    assert len(first.install_id) == 2
    assert first.install_id.isalnum()
    again.close()


def test_a_tag_is_taken_once_for_ever_and_a_refused_batch_leaves_nothing(journal):
    world = a_morning()
    journal.commit(world.decided)
    before = rows(journal, "SELECT count(*), max(seq) FROM records")
    planned = next(
        (event, record)
        for event, records in world.decided
        for record in records
        if isinstance(record, r.ChildPlanned)
    )
    event, record = planned
    harmless = r.TotpCounted(failures=1, locked=False)
    with pytest.raises(JournalError, match="cannot be written"):
        journal.commit([(event, [harmless]), (event, [harmless, record])])
    assert rows(journal, "SELECT count(*), max(seq) FROM records") == before
    # And the journal is not stuck in the transaction that failed.
    journal.commit([(event, [harmless])])
    assert journal.load().totp_failures == 1


def test_reading_while_the_program_writes_sees_what_is_committed_and_hinders_nobody(tmp_path):
    world = a_morning()
    half = len(world.decided) // 2
    journal = Journal.open(tmp_path)
    journal.commit(world.decided[:half])
    assert offline_reads(tmp_path).status() is not None
    journal._db.execute("BEGIN IMMEDIATE")
    reads = offline_reads(tmp_path)  # in the middle of somebody's transaction
    journal._db.execute("ROLLBACK")
    journal.commit(world.decided[half:])
    status = reads.status()
    assert status is not None
    assert not status.stream_up
    newest = offline_reads(tmp_path)
    fathers = next(p for p in newest.positions() if p.account == "father")
    held = {row.symbol: row.copied for row in fathers.rows}
    assert held["SBIN"] == 6, "ten bought, four sold"
    journal.close()


def test_reading_where_there_is_no_store_makes_none(tmp_path):
    status = offline_reads(tmp_path).status()
    assert status is not None
    assert not status.copying
    assert list(tmp_path.iterdir()) == []


def test_reading_after_the_program_ended_needs_no_file_of_its_own(tmp_path):
    a_filled_store(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [store_of(tmp_path).name]
    assert offline_reads(tmp_path).positions()
    with closing(sqlite3.connect(store_of(tmp_path))) as db, db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_a_learned_freeze_quantity_is_found_again_in_the_file(tmp_path):
    class KeptNifty(KeptWorld, NiftyWorld):
        """A world of one underlying whose decisions are kept."""

    world = KeptNifty(truth=1200)
    world.hold(27)
    world.master(nifty_done("X1", "SELL", 27))
    world.settle()
    opened = Journal.open(tmp_path)
    for each in world.decided:
        opened.commit([each])
    opened.close()
    again = Journal.open(tmp_path)
    state = again.load()
    again.close()
    assert state.freezes == world.state.freezes != {}
    assert comparable(state) == comparable(world.state)


def test_a_refusal_written_before_freeze_quantities_were_learned_is_read_as_it_was():
    body = (
        b'{"variant":"Refused","event":{"tag":"KCK7AAAAAAAAAAAAAAAA","intent_id":"KCK7AAAAAAAAAAAAAAAA",'
        b'"cancel":false,"outcome":{"kind":"input","message":"higher than the maximum quantity of 1200",'
        b'"http_status":400},"at":"2026-11-18T10:00:00+05:30","modify":false}}'
    )
    event = decode_event("Answered", body)
    assert isinstance(event, Answered)
    assert event.outcome == Refused(
        kind=RefusalKind.INPUT, message="higher than the maximum quantity of 1200", http_status=400
    )


def test_an_ended_offer_is_drawn_anew_after_a_kill_and_then_no_more(journal):
    world = KeptWorld()
    world.lose_session()
    world.log_in(FATHER)
    (ended,) = [each for each in world.notices if each.kind is NoticeKind.OFFER]
    journal.commit(world.decided)
    assert (ended, (1,)) in journal.waiting_notices((1,), since=ended.at)
    (offer,) = journal.load().offers.values()
    assert offer.settled is not None
    world.decided.clear()
    world.ask(c.NoticeDelivered(notice_id=ended.notice_id, topic="", chat_id=1, message_id=5))
    journal.commit(world.decided)
    assert (ended, (1,)) not in journal.waiting_notices((1,), since=ended.at)
