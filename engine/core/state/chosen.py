"""The rules that count: those of the settings, over them what was set from the chat."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from engine.core.state.state import State, WaitingSettings
from engine.core.values import records as r
from engine.core.values.market import AccountName, Venue
from engine.core.values.rule_changes import rule_changes, taken_over, tightened
from engine.core.values.rules import FollowerRules
from engine.core.values.settable import (
    OF_FOLLOWER,
    TOTAL_LOSS,
    Chosen,
    total_loss,
    total_loss_looser,
    total_loss_shown,
)

#: Stands where a follower's name would, for what is over all of them.
ALL = AccountName("")
#: Arming ends with the trading day.
_DAY = timedelta(days=1)


class Unread(Struct, frozen=True, kw_only=True, gc=False):
    """A value that was set from the chat and cannot be read by this version; that of the settings counts."""

    chosen: Chosen
    by_env: str

    @property
    def text(self) -> str:
        """What people are told, in one line."""
        name = f"{self.chosen.follower} {self.chosen.key}".strip()
        return (
            f"{name}: '{self.chosen.text}', set from the chat, cannot be read. {self.by_env} counts, as in "
            f".env: set it again with /set {name}, or keep that with /set {name} default."
        )


def configure(
    state: State, rules: Iterable[FollowerRules], *, total_loss_limit: Decimal | None
) -> tuple[Unread, ...]:
    """Put the settings of this start into a state, and over them what was set from the chat.

    Returns:
        What was set and cannot be read, as where another version wrote it: it counts as not set, and
        people are to be told.
    """
    state.env_rules = {one.name: one for one in rules}
    state.env_total_loss_limit = total_loss_limit
    unread = tuple(_unread(state))
    for each in unread:
        del state.chosen[each.chosen.follower, each.chosen.key]
    _put_together(state)
    return unread


def is_held_to_today(state: State, *, at: datetime) -> bool:
    """Return whether a start holds back what is looser than what counted when the file was read again today.

    A program that ended by itself is begun again by the machine. So while LIVE is armed nothing counts by that
    of which a person was asked, who may have said no.
    """
    until, read_at = state.armed_until, state.settings_at
    if state.venue is not Venue.LIVE or until is None or read_at is None:
        return False
    return at < until and read_at > until - _DAY


def known_today(state: State, *, at: datetime) -> frozenset[AccountName] | None:
    """Return whom a start takes in that :func:`is_held_to_today`; None: everybody whom the file names.

    Whoever has ever been logged in is among them: he may hold copies.
    """
    if not is_held_to_today(state, at=at):
        return None
    logged_in = (name for name, account in state.accounts.items() if account.user_id)
    return frozenset((*state.env_rules, *logged_in))


def rules_of_start(
    state: State, rules: Iterable[FollowerRules], total_loss_limit: Decimal | None, *, at: datetime
) -> tuple[tuple[FollowerRules, ...], Decimal | None]:
    """Return what of a file counts at a start: all of it, but where it :func:`is_held_to_today`.

    It is for the caller to have the file put to the engine whole, so that a person is asked once more.

    Args:
        state: As the journal tells it, before :func:`configure`.
        rules: Of every follower, by the file.
        total_loss_limit: Over all of them, likewise.
        at: Now.
    """
    file = tuple(rules)
    if not is_held_to_today(state, at=at):
        return file, total_loss_limit
    counted = state.env_total_loss_limit
    looser = total_loss_looser(counted, total_loss_limit)
    return (
        tuple(_no_looser(state, state.env_rules.get(one.name), one) for one in file),
        counted if looser else total_loss_limit,
    )


def _no_looser(state: State, counted: FollowerRules | None, wanted: FollowerRules) -> FollowerRules:
    if counted is None:
        return wanted
    changes = rule_changes(overlaid(state, counted), overlaid(state, wanted))
    held = frozenset(each.key for each in changes if each.looser)
    mixed = taken_over(tightened(counted, wanted, only=held), wanted, but=held)
    return replace(mixed, user_id=wanted.user_id)


def _put_together(state: State) -> None:
    state.rules = {name: with_chosen(state, name) for name in state.env_rules}
    state.total_loss_limit = total_with_chosen(state)


def _unread(state: State) -> Iterator[Unread]:
    for chosen in state.chosen.values():
        known, by_env = OF_FOLLOWER.get(chosen.key), state.env_rules.get(chosen.follower)
        try:
            if chosen.follower == ALL and chosen.key == TOTAL_LOSS:
                total_loss(chosen.text)
            elif known is not None and by_env is not None:
                known.put(by_env, chosen.text)
        except ValueError:
            stands = (
                known.show(by_env)
                if known is not None and by_env is not None
                else total_loss_shown(state.env_total_loss_limit)
            )
            yield Unread(chosen=chosen, by_env=stands)


def settings_taken(state: State, record: r.SettingsTaken) -> None:
    """Apply a ``SettingsTaken``; the settings of a later start take the place of these."""
    state.settings_at = record.at
    state.waiting_settings = (
        None
        if record.wanted is None
        else WaitingSettings(rules=record.wanted, total_loss_limit=record.wanted_total)
    )
    state.env_rules = {one.name: one for one in record.rules}
    state.env_total_loss_limit = record.total_loss_limit
    state.gone_today = (state.gone_today | set(record.gone)) - state.env_rules.keys()
    _put_together(state)


def follower_joined(state: State, record: r.FollowerJoined) -> None:
    """Apply a ``FollowerJoined``.

    Whoever was here before and has gone took no part in the master's exits meanwhile: what was owed to him
    then is owed no more.
    """
    state.joined[record.follower] = record.at
    for books in state.books.values():
        for (_, follower), book in books.items():
            if follower == record.follower and not (book.held or book.virtual):
                book.left = book.claim_rest = 0
                for part in book.parts.values():
                    part.contribution = 0


def follower_leaving(state: State, record: r.FollowerLeaving) -> None:
    """Apply a ``FollowerLeaving``; what was kept of him until then is in it, or of no use any more."""
    state.kept.pop(record.follower, None)
    if record.sealed is None:
        state.leaving.pop(record.follower, None)
    else:
        state.leaving[record.follower] = record.sealed
    _put_together(state)


def follower_kept(state: State, record: r.FollowerKept) -> None:
    """Apply a ``FollowerKept``."""
    if record.sealed is None:
        state.kept.pop(record.follower, None)
    else:
        state.kept[record.follower] = record.sealed


def setting_chosen(state: State, record: r.SettingChosen) -> None:
    """Apply a ``SettingChosen``; the rules follow once the settings of this start are known."""
    at = (record.follower, record.key)
    if record.text is None:
        state.chosen.pop(at, None)
    else:
        state.chosen[at] = Chosen(follower=record.follower, key=record.key, text=record.text)
    if record.follower in state.env_rules:
        state.rules[record.follower] = with_chosen(state, record.follower)
    elif record.follower == ALL and state.env_rules:
        state.total_loss_limit = total_with_chosen(state)


def with_chosen(state: State, follower: AccountName) -> FollowerRules:
    """Return a follower's rules by the settings, with what was set from the chat over them."""
    return overlaid(state, state.env_rules[follower])


def overlaid(state: State, rules: FollowerRules) -> FollowerRules:
    """Return a follower's rules with what was set from the chat over them; who leaves enters nothing."""
    for chosen in state.chosen.values():
        known = OF_FOLLOWER.get(chosen.key)
        if chosen.follower == rules.name and known is not None:
            # What cannot be read is told, and forgotten, at the start: `configure`.
            with suppress(ValueError):
                rules = known.put(rules, chosen.text)
    return replace(rules, enabled=False) if rules.name in state.leaving else rules


def total_with_chosen(state: State) -> Decimal | None:
    """Return the limit on the loss of all together: as set from the chat, else by the settings."""
    return total_overlaid(state, state.env_total_loss_limit)


def total_overlaid(state: State, limit: Decimal | None) -> Decimal | None:
    """Return what a limit on the loss of all together comes to, with what was set from the chat over it."""
    chosen = state.chosen.get((ALL, TOTAL_LOSS))
    with suppress(ValueError):
        return limit if chosen is None else total_loss(chosen.text)
    return limit
