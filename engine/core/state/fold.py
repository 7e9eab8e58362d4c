"""Apply a record to the state: assignments only, nothing is decided here."""

from collections.abc import Callable
from typing import cast

from msgspec.structs import replace

from engine.core.state import fold_alerts as alerts
from engine.core.state import fold_children as children
from engine.core.state import fold_copies as copies
from engine.core.state import fold_money as money
from engine.core.state import fold_offers as offers
from engine.core.state import fold_people as people
from engine.core.state.accounts import Snapshot
from engine.core.state.chosen import (
    follower_joined,
    follower_kept,
    follower_leaving,
    setting_chosen,
    settings_taken,
)
from engine.core.state.conversions import convert, shrink
from engine.core.state.fold_day import day_opened
from engine.core.state.state import MasterOrder, MasterPosition, State
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.freeze import LearnedFreeze
from engine.core.values.keys import MasterKey
from engine.core.values.market import MASTER, Tag
from engine.core.values.panic import Panic
from engine.core.values.strangers import FrozenBy, Stranger

#: Orders of more days ago than this cannot be asked about any more; updates older are not repeated.
KEPT_REPLIES = 2_000


def apply(state: State, record: r.Record) -> None:
    """Change the state as the record says. The same records always give the same state."""
    _APPLY[type(record)](state, record)


def _installed(state: State, record: r.Installed) -> None:
    state.install_id = record.install_id
    state.installed_at = state.installed_at or record.at


def _opening(state: State, record: r.OpeningKnown) -> None:
    position = _position(state, record.key)
    position.net += record.net - state.openings.get(record.key, 0)
    state.openings[record.key] = record.net


def _openings_read(state: State, record: r.OpeningsRead) -> None:
    del record
    state.openings_known = True


def _position(state: State, key: MasterKey) -> MasterPosition:
    found = state.master.get(key)
    if found is None:
        found = state.master[key] = MasterPosition()
    return found


def _master_seen(state: State, record: r.MasterSeen) -> None:
    row = record.sighting.row
    position = _position(state, record.key)
    order = position.orders.get(row.order_id)
    if order is None:
        order = position.orders[row.order_id] = MasterOrder(
            sighting=record.sighting, number=state.next_number, seen_at=record.at
        )
        state.next_number += 1
        state.master_key_of[row.order_id] = record.key
    account = state.account(MASTER)
    account.book_version = max(account.book_version, record.sighting.wish_version)
    for book in state.books.get(record.key, {}).values():
        if row.order_id in book.parts:
            book.active[row.order_id] = None
    order.sighting = record.sighting
    if row.counts and row.remaining_quantity:
        position.working[row.order_id] = None
    else:
        position.working.pop(row.order_id, None)
    order.was_exit = order.was_exit or record.was_exit
    order.proven = order.proven or record.proven
    if row.status.is_terminal and order.ended_at is None:
        order.ended_at = record.at


def _master_filled(state: State, record: r.MasterFilled) -> None:
    position = _position(state, record.key)
    shrink(state, record.key, before=position.net, exit_part=record.exit_part)
    order = position.orders[record.order_id]
    order.folded += abs(record.exit_part) + abs(record.entry_part)
    order.entry_filled += abs(record.entry_part)
    order.exit_filled += abs(record.exit_part)
    order.fill_at, order.filled_at = order.fill_at or record.fill_at, record.fill_at
    position.net, position.moved_at = record.net_after, record.fill_at
    position.flat_at = record.fill_at if record.net_after == 0 else None


def _master_converted(state: State, record: r.MasterConverted) -> None:
    _position(state, record.new)
    convert(state, record.old, record.new, record.units)


def _copying(state: State, record: r.CopyingSet) -> None:
    state.copying = record.active
    state.copying_since = record.at if record.active else None
    state.mode_epoch += 1


def _mode(state: State, record: r.ModeSet) -> None:
    if record.venue is not state.venue:
        state.mode_epoch += 1
    state.venue = record.venue
    state.armed_until = record.armed_until
    if record.totp_step is not None:
        state.totp_last_step = record.totp_step
        state.totp_failures = 0


def _kill(state: State, record: r.KillSet) -> None:
    state.killed = record.active
    if record.totp_step is not None:
        state.totp_last_step = record.totp_step
    state.mode_epoch += 1


def _paused(state: State, record: r.FollowerPaused) -> None:
    account = state.account(record.follower)
    account.paused = record.paused
    if not record.paused:
        account.resumed_at = record.at


def _totp(state: State, record: r.TotpCounted) -> None:
    state.totp_failures, state.totp_locked = record.failures, record.locked


def _session(state: State, record: r.SessionKept) -> None:
    account = state.account(record.account)
    if record.user_id and account.user_id not in ("", record.user_id):
        # Another Kite account under this name: what the one before had sizes and exits nothing here.
        account.funds = account.funds_at = None
        if record.account != MASTER:
            account.positions = account.holdings = account.snapshot_before = None
            account.positions_asked_at = account.positions_at = None
    # The same login, known better, is no new session: its book has been read.
    if not record.ok or not account.is_login(record.sealed_token, record.login_at):
        account.reconciled = False
    account.session_ok = record.ok
    account.user_id = record.user_id or account.user_id
    account.user_name = record.user_name or account.user_name
    account.sealed_token = record.sealed_token
    account.login_at = record.login_at
    if record.ok:
        state.logins.pop(record.account, None)
        account.exchanges = record.exchanges
        account.demat_consent = record.demat_consent


def _login_offered(state: State, record: r.LoginOffered) -> None:
    state.logins[record.login.account] = record.login


def _positions(state: State, record: r.PositionsKnown) -> None:
    account = state.account(record.account)
    rows, asked_at, at = account.positions, account.positions_asked_at, account.positions_at
    if rows is not None and asked_at is not None and at is not None:
        account.snapshot_before = Snapshot(rows=rows, asked_at=asked_at, at=at)
    account.positions = record.rows
    if record.holdings is not None:
        account.holdings = record.holdings
    account.positions_asked_at = record.asked_at
    account.positions_at = record.at


def _funds(state: State, record: r.FundsKnown) -> None:
    account = state.account(record.account)
    account.funds, account.funds_at = record.funds, record.at


def _freeze(state: State, record: r.FreezeLearned) -> None:
    learned_on = record.at.date()
    state.freezes[(record.exchange, record.name)] = LearnedFreeze(
        quantity=record.quantity, until=max(learned_on, record.table_date or learned_on)
    )


def _listing_kept(state: State, record: r.ListingKept) -> None:
    state.listings[(record.instrument.exchange, record.instrument.symbol)] = record.instrument


def _stranger_seen(state: State, record: r.StrangerSeen) -> None:
    fence, at = state.fence, (record.account, record.row.order_id)
    if fence.frozen is None:
        state.mode_epoch += 1
    fence.freeze(FrozenBy.STRANGER, at=record.at)
    known = fence.strangers.get(at)
    fence.strangers[at] = Stranger(
        account=record.account, row=record.row, found_at=known.found_at if known else record.at
    )


def _store_accepted(state: State, record: r.StoreAccepted) -> None:
    state.mode_epoch += 1
    state.fence.freeze(FrozenBy.RESTORED, at=record.at)


def _stranger_counted(state: State, record: r.StrangerCounted) -> None:
    del state.fence.strangers[(record.account, record.order_id)]


def _stranger_left(state: State, record: r.StrangerLeft) -> None:
    del state.fence.strangers[(record.account, record.order_id)]
    state.fence.own[(record.account, record.order_id)] = record.tag


def _released(state: State, record: r.EntriesReleased) -> None:
    state.fence.frozen = state.fence.since = None
    if record.totp_step is not None:
        state.totp_last_step = record.totp_step
    state.mode_epoch += 1


def _panic_begun(state: State, record: r.PanicBegun) -> None:
    state.panic = Panic(venue=record.venue, at=record.at, user_id=record.user_id, name=record.name)


def _panic_ended(state: State, record: r.PanicEnded) -> None:
    state.panic = state.panic and replace(state.panic, ended_at=record.at)


def _routine_done(state: State, record: r.RoutineDone) -> None:
    state.routines[record.routine] = record.moment


def _notice(state: State, record: r.NoticeRaised) -> None:
    state.next_notice = max(state.next_notice, record.notice.notice_id + 1)
    offers.noticed(state, record)
    alerts.raised(state, record)


def _shown(state: State, record: r.NoticeShown) -> None:
    state.cards[(record.topic, record.chat_id)] = record.message_id
    offers.shown(state, record)
    alerts.shown(state, record)


def _channel_opened(state: State, record: r.ChannelOpened) -> None:
    state.channels.setdefault(record.channel, record.at)


def _forwarded(_state: State, _record: r.NoticeForwarded) -> None:
    """The store alone asks for it: at a start, for what is to be forwarded again."""


def _offer_settled(state: State, record: r.OfferSettled) -> None:
    offers.settled(state, record)
    alerts.acknowledged(state, record)


def _twin_seen(state: State, record: r.TwinSeen) -> None:
    state.account(record.account).twins.add(record.order_id)


def _answered(state: State, record: r.UpdateAnswered) -> None:
    state.replies[record.update_id] = record.reply
    while len(state.replies) > KEPT_REPLIES:
        del state.replies[next(iter(state.replies))]


_APPLY = cast(
    "dict[type[r.Record], Callable[[State, r.Record], None]]",
    {
        r.Installed: _installed,
        r.DayOpened: day_opened,
        r.OpeningKnown: _opening,
        r.OpeningsRead: _openings_read,
        r.SkipLifted: copies.lifted,
        r.MasterSeen: _master_seen,
        r.MasterFilled: _master_filled,
        r.PartOpened: copies.part_opened,
        r.PartsOpened: copies.parts_opened,
        r.AllContributed: copies.all_contributed,
        r.ExitsFolded: copies.exits_folded,
        r.ChildrenSent: children.children_sent,
        r.PartScaled: copies.part_scaled,
        r.PartLimited: copies.part_limited,
        r.Contributed: copies.contributed,
        r.ExitFolded: copies.exit_folded,
        r.Claimed: copies.claimed,
        r.EntryMet: copies.entry_met,
        r.HoldingGone: copies.gone,
        r.MasterConverted: _master_converted,
        r.HeldConverted: copies.held_converted,
        r.HeldProved: copies.held_proved,
        r.HeldEnded: copies.held_ended,
        r.HoldingClosed: copies.holding_closed,
        r.SyncEntered: copies.sync_entered,
        r.HoldingDetached: copies.holding_detached,
        r.ClaimSettled: copies.claim_settled,
        r.Skipped: copies.skipped,
        r.ChildPlanned: children.child_planned,
        r.ListingKept: _listing_kept,
        r.IntentMoved: children.intent_moved,
        r.CancelMoved: children.cancel_moved,
        r.ChangeMoved: children.change_moved,
        r.ChangeDoubted: children.change_doubted,
        r.StepTaken: children.step_taken,
        r.ChildSeen: children.child_seen,
        r.EndJudged: children.end_judged,
        r.CopyingSet: _copying,
        r.ModeSet: _mode,
        r.KillSet: _kill,
        r.FollowerPaused: _paused,
        r.SettingChosen: setting_chosen,
        r.SettingsTaken: settings_taken,
        r.FollowerLeaving: follower_leaving,
        r.FollowerKept: follower_kept,
        r.FollowerJoined: follower_joined,
        r.AlertsChosen: alerts.alerts_chosen,
        r.QuietHoursChosen: alerts.quiet_hours_chosen,
        r.PanicBegun: _panic_begun,
        r.PanicEnded: _panic_ended,
        r.TotpCounted: _totp,
        r.PersonInvited: people.invited,
        r.PersonPaired: people.paired,
        r.PersonRevoked: people.revoked,
        r.CodeAccepted: people.code_accepted,
        r.PairingMissed: people.pairing_missed,
        r.StrangerNamed: people.stranger_named,
        r.SessionKept: _session,
        r.LoginOffered: _login_offered,
        r.PositionsKnown: _positions,
        r.FundsKnown: _funds,
        r.FreezeLearned: _freeze,
        r.StrangerSeen: _stranger_seen,
        r.StoreAccepted: _store_accepted,
        r.StrangerCounted: _stranger_counted,
        r.StrangerLeft: _stranger_left,
        r.EntriesReleased: _released,
        r.RoutineDone: _routine_done,
        r.NoticeRaised: _notice,
        r.NoticeShown: _shown,
        r.ChannelOpened: _channel_opened,
        r.NoticeForwarded: _forwarded,
        r.AlertsEscalated: alerts.escalated,
        r.OfferOpened: offers.opened,
        r.ButtonsMade: offers.buttons_made,
        r.OfferSettled: _offer_settled,
        r.Attested: children.attested,
        r.TwinSeen: _twin_seen,
        r.LatchLifted: children.latch_lifted,
        r.EntryAsked: copies.entry_asked,
        r.MarginAsked: copies.margin_asked,
        r.MarginKnown: copies.margin_known,
        r.UpdateAnswered: _answered,
        r.ReferenceKnown: money.reference_known,
        r.UnitsLeft: money.units_left,
        r.ProfitHigh: money.profit_high,
        r.LossStepTaken: money.loss_step_taken,
    },
)


def find_child(state: State, tag: str | None) -> Child | None:
    """Return the child with this tag, or None."""
    return state.children.get(Tag(tag)) if tag else None
