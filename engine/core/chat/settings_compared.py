"""What a file of settings comes to beside what counts: follower by follower, old → new, now or once a person says so."""

from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.observe.membership import holdings, may_show_up, remains
from engine.core.state.chosen import overlaid, total_overlaid
from engine.core.state.state import State
from engine.core.values.market import AccountName
from engine.core.values.rule_changes import FOR_ALL, RuleChange, rule_changes, taken_over, tightened
from engine.core.values.rules import FollowerRules
from engine.core.values.settable import TOTAL_LOSS, total_loss_looser, total_loss_shown

_LATE = "An order of his that was not found may still show up, so he is watched until the day ends"


@dataclass(slots=True)
class Reading:
    """What a reading of the file comes to, while it is put together.

    Attributes:
        rules: What counts of each follower.
        total: What counts as the limit over all of them, rupees; None: no limit.
        now: What changes at once, a line each; ``waits``: what only once a person says so.
        overruled: What the file says and something set from the chat hides.
        back: Who was leaving and is in the file again.
        leaves: Who is in it no more and still has copies; ``goes``: who has none.
        off: Who enters nothing from now on.
    """

    rules: dict[AccountName, FollowerRules] = field(default_factory=dict)
    total: Decimal | None = None
    now: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    overruled: list[str] = field(default_factory=list)
    back: list[AccountName] = field(default_factory=list)
    leaves: list[AccountName] = field(default_factory=list)
    goes: list[AccountName] = field(default_factory=list)
    off: list[AccountName] = field(default_factory=list)

    def note(self, line: str, *, waits: bool) -> None:
        """Note a line once: what is set for all followers differs in the rules of each."""
        lines = self.waits if waits else self.now
        if line not in lines:
            lines.append(line)


def compare(
    state: State, wanted: tuple[FollowerRules, ...], total: Decimal | None, *, hold: bool
) -> Reading:
    """Return what of a file would count, and what would wait where looser values are held back."""
    found = Reading()
    for rules in wanted:
        _follower(state, found, rules, hold=hold)
    names = {rules.name for rules in wanted}
    for name, rules in state.env_rules.items():
        if name not in names:
            _missing(state, found, rules)
    for name in state.kept:
        # Deleted while nothing ran. Whose account does not open and who still has copies is named loudly.
        if name not in names and name not in state.env_rules and not remains(state, name):
            _goes(found, name)
    _total(state, found, total, hold=hold)
    return found


def _follower(state: State, found: Reading, wanted: FollowerRules, *, hold: bool) -> None:
    name = wanted.name
    known = state.env_rules.get(name)
    if known is None:
        found.note(f"{name} ({wanted.user_id}): is added", waits=hold)
        _note_set_before(state, found, wanted)
        if not hold:
            found.rules[name] = wanted
        return
    if name in state.leaving:
        _back(state, found, known, wanted, hold=hold)
        return
    before, after = overlaid(state, known), overlaid(state, wanted)
    changes = rule_changes(before, after)
    held = frozenset(each.key for each in changes if hold and each.looser)
    counted = taken_over(tightened(known, wanted, only=held), wanted, but=held)
    found.rules[name], between = counted, overlaid(state, counted)
    for each in rule_changes(before, between):
        found.note(_line_of(name, each), waits=False)
    for each in rule_changes(between, after):
        found.note(_line_of(name, each), waits=True)
    if before.enabled and not after.enabled:
        found.off.append(name)
    told = {each.key for each in changes}
    for each in rule_changes(known, wanted):
        if each.key not in told:
            line = f"{name} {each.key} is {each.new} in the file, but /set counts"
            found.overruled.append(f"{line}: /set {name} {each.key} default")


def _back(
    state: State, found: Reading, known: FollowerRules, wanted: FollowerRules, *, hold: bool
) -> None:
    """Judge a follower who is leaving and whom the file names again."""
    name = wanted.name
    how = "and takes entries again" if wanted.enabled else "disabled"
    found.note(f"{name}: is back, {how}", waits=hold)
    # Whoever says yes says yes to all of it.
    for each in rule_changes(overlaid(state, known), overlaid(state, wanted)):
        found.note(_line_of(name, each), waits=hold)
    _note_set_before(state, found, wanted)
    found.rules[name] = known if hold else wanted
    if not hold:
        found.back.append(name)


def _line_of(name: AccountName, change: RuleChange) -> str:
    of = change.key if change.key in FOR_ALL else f"{name} {change.key}"
    return f"{of}: {change.old} → {change.new}"


def _note_set_before(state: State, found: Reading, wanted: FollowerRules) -> None:
    """Name what was once set from the chat for a name, and would count unseen now that it is there again."""
    name = wanted.name
    for each in rule_changes(overlaid(state, wanted), wanted):
        if (name, each.key) in state.chosen:
            line = f"{name} {each.key} is {each.new} in the file, but /set counts with {each.old}"
            found.overruled.append(f"{line}: /set {name} {each.key} default")


def _missing(state: State, found: Reading, rules: FollowerRules) -> None:
    """Judge a follower whom the file does not name any more."""
    name = rules.name
    if name in state.leaving:
        found.rules[name] = rules
    elif not remains(state, name):
        _goes(found, name)
    else:
        found.rules[name] = rules
        found.leaves.append(name)
        held = ", ".join(f"{book.held:+d} {book.key.symbol}" for book in holdings(state, name))
        found.note(
            f"{name}: is removed when flat, no further entry"
            + (f". Still held: {held}; its exits follow the master" if held else "")
            + (f". {_LATE}" if may_show_up(state, name) else "")
            + f". /detach {name} hands it back to its owner at once",
            waits=False,
        )


def _goes(found: Reading, name: AccountName) -> None:
    found.goes.append(name)
    found.note(f"{name}: is removed", waits=False)


def _total(state: State, found: Reading, wanted: Decimal | None, *, hold: bool) -> None:
    known = state.env_total_loss_limit
    before, after = total_overlaid(state, known), total_overlaid(state, wanted)
    held = hold and total_loss_looser(before, after)
    found.total = known if held else wanted
    if before != after:
        line = f"{TOTAL_LOSS}: {total_loss_shown(before)} → {total_loss_shown(after)}"
        found.note(line, waits=held)
    elif known != wanted:
        line = f"{TOTAL_LOSS} is {total_loss_shown(wanted)} in the file, but /set counts"
        found.overruled.append(f"{line}: /set {TOTAL_LOSS} default")
