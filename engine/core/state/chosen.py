"""The rules that count: those of the settings, over them what was set from the chat."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from engine.core.state.state import State, WaitingSettings
from engine.core.values import records as r
from engine.core.values.market import AccountName
from engine.core.values.rules import FollowerRules
from engine.core.values.settable import OF_FOLLOWER, TOTAL_LOSS, Chosen, total_loss

#: Stands where a follower's name would, for what is over all of them.
ALL = AccountName("")


def configure(
    state: State, rules: Iterable[FollowerRules], *, total_loss_limit: Decimal | None
) -> None:
    """Put the settings of this start into a state, and over them what was set from the chat.

    Raises:
        ValueError: A value that was set cannot be read: the store is of another version.
    """
    state.env_rules = {one.name: one for one in rules}
    state.env_total_loss_limit = total_loss_limit
    _put_together(state)


def _put_together(state: State) -> None:
    state.rules = {name: with_chosen(state, name) for name in state.env_rules}
    state.total_loss_limit = total_with_chosen(state)


def settings_taken(state: State, record: r.SettingsTaken) -> None:
    """Apply a ``SettingsTaken``; the settings of a later start take the place of these."""
    state.settings_at = record.at
    state.waiting_settings = (
        None
        if record.wanted is None
        else WaitingSettings(rules=record.wanted, total_loss_limit=record.wanted_total)
    )
    configure(state, record.rules, total_loss_limit=record.total_loss_limit)


def follower_joined(state: State, record: r.FollowerJoined) -> None:
    """Apply a ``FollowerJoined``."""
    state.joined[record.follower] = record.at


def follower_leaving(state: State, record: r.FollowerLeaving) -> None:
    """Apply a ``FollowerLeaving``."""
    if record.sealed is None:
        state.leaving.pop(record.follower, None)
    else:
        state.leaving[record.follower] = record.sealed
    _put_together(state)


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
            rules = known.put(rules, chosen.text)
    return replace(rules, enabled=False) if rules.name in state.leaving else rules


def total_with_chosen(state: State) -> Decimal | None:
    """Return the limit on the loss of all together: as set from the chat, else by the settings."""
    return total_overlaid(state, state.env_total_loss_limit)


def total_overlaid(state: State, limit: Decimal | None) -> Decimal | None:
    """Return what a limit on the loss of all together comes to, with what was set from the chat over it."""
    chosen = state.chosen.get((ALL, TOTAL_LOSS))
    return limit if chosen is None else total_loss(chosen.text)
