"""/set: a value of a follower's rules is changed by a person, at once and over restarts."""

from dataclasses import dataclass

from engine.core.observe.membership import follow_rules
from engine.core.state.chosen import ALL
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.control import ChangeSetting, Requester
from engine.core.values.market import AccountName
from engine.core.values.settable import (
    OF_FOLLOWER,
    TOTAL_LOSS,
    total_loss,
    total_loss_looser,
    total_loss_shown,
)
from engine.core.values.views import SettingLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What a change would come to.

    Attributes:
        old: The value now, as people write it.
        new: The value then.
        looser: Whether it may lead to more risk.
    """

    old: str
    new: str
    looser: bool


def proposed(state: State, follower: AccountName, key: str, text: str | None) -> Proposed | None:
    """Return what a change would come to; None where there is no such key or follower.

    Args:
        state: The state.
        follower: Whose rules; ``ALL`` for what is over all followers.
        key: Without ``FOLLOWERS__<NAME>__``.
        text: The value, found good by the parser of the settings; None: as in the settings again.

    Raises:
        ValueError: The value cannot be read.
    """
    if follower == ALL and key == TOTAL_LOSS:
        before = state.total_loss_limit
        after = state.env_total_loss_limit if text is None else total_loss(text)
        looser = total_loss_looser(before, after)
        return Proposed(old=total_loss_shown(before), new=total_loss_shown(after), looser=looser)
    known, rules = OF_FOLLOWER.get(key), state.rules.get(follower)
    by_env = state.env_rules.get(follower)
    if known is None or rules is None or by_env is None:
        return None
    changed = known.put(rules, known.show(by_env) if text is None else text)
    return Proposed(
        old=known.show(rules), new=known.show(changed), looser=known.looser(rules, changed)
    )


def setting_lines(state: State, follower: AccountName) -> tuple[SettingLine, ...]:
    """Return every value of a follower that may be set, or of ``ALL``; none of one that is unknown."""
    if follower == ALL:
        line = SettingLine(
            key=TOTAL_LOSS,
            value=total_loss_shown(state.total_loss_limit),
            by_env=total_loss_shown(state.env_total_loss_limit),
            chosen=(ALL, TOTAL_LOSS) in state.chosen,
        )
        return (line,)
    rules, by_env = state.rules.get(follower), state.env_rules.get(follower)
    if rules is None or by_env is None:
        return ()
    return tuple(
        SettingLine(
            key=key,
            value=known.show(rules),
            by_env=known.show(by_env),
            chosen=(follower, key) in state.chosen,
        )
        for key, known in OF_FOLLOWER.items()
    )


def take_setting(turn: Turn, request: ChangeSetting, by: Requester) -> tuple[bool, str]:
    """Change a value, and have what depends on it planned anew."""
    state, follower, key = turn.state, request.follower, request.key
    try:
        change = proposed(state, follower, key, request.text)
    except ValueError as error:
        return False, f"{key}: {error}"
    if change is None:
        return False, f"There is no {key} of {follower or 'all followers'}."
    name = f"{follower} {key}".strip()
    if change.old != request.was:
        return False, f"Not done: {name} has changed meanwhile, it is {change.old} now."
    if follower in state.leaving:
        back = "put it back into the file of settings and have it read again"
        return False, f"{follower} is removed when flat, and enters nothing: {back}."
    before = dict(state.rules)
    turn.emit(
        r.SettingChosen(
            follower=follower, key=key, text=request.text, old=change.old, new=change.new,
            user_id=by.user_id, name=by.name, at=turn.at,
        )
    )  # fmt: skip
    follow_rules(turn, before)
    if follower == ALL:
        for books in state.books.values():
            for book in books.values():
                turn.touch(book.key)
    back = " as in the settings" if request.text is None else ""
    return True, f"{name}: {change.old} → {change.new}{back}."
