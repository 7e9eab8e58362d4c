"""What was set from the chat, put into the rules that the settings give."""

from collections.abc import Iterable
from decimal import Decimal

from engine.core.state.state import State
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
    state.rules = {name: with_chosen(state, name) for name in state.env_rules}
    state.total_loss_limit = total_with_chosen(state)


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
    rules = state.env_rules[follower]
    for chosen in state.chosen.values():
        known = OF_FOLLOWER.get(chosen.key)
        if chosen.follower == follower and known is not None:
            rules = known.put(rules, chosen.text)
    return rules


def total_with_chosen(state: State) -> Decimal | None:
    """Return the limit on the loss of all together: as set from the chat, else by the settings."""
    chosen = state.chosen.get((ALL, TOTAL_LOSS))
    return state.env_total_loss_limit if chosen is None else total_loss(chosen.text)
