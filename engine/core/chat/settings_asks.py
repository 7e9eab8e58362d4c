"""A file of settings that was read again: what of it counts at once, and what waits for a person.

In LIVE what is looser, a new follower too, waits for a press with a code; what is tighter never does. The
difference is told as old → new. Everything of one reading is decided in one transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.observe.membership import (
    cancel_entries,
    follow_rules,
    holdings,
    let_go,
    may_show_up,
    remains,
    resting_entries_of,
)
from engine.core.state.chosen import overlaid, total_overlaid
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.control import RefuseSettings, TakeSettings
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Severity
from engine.core.values.offers import OfferKind, Settlement, whether_to_apply
from engine.core.values.rule_changes import FOR_ALL, RuleChange, rule_changes, taken_over
from engine.core.values.rules import FollowerRules
from engine.core.values.settable import TOTAL_LOSS, total_loss_looser, total_loss_shown

#: Lines of one kind that are told; a message of the chat holds 4,096 characters.
MOST_LINES = 20
_TOPIC = "settings"
_LATE = "An order of his that was not found may still show up, so he is watched until the day ends"


@dataclass(slots=True)
class _Reading:
    """What a reading of the file comes to, while it is put together."""

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


def take_settings(turn: Turn, request: TakeSettings) -> tuple[bool, str]:
    """Have a file that was read again count, but for what waits; tell what changes."""
    state = turn.state
    found = _compare(turn, request.rules, request.total_loss_limit, hold=state.venue is Venue.LIVE)
    if not (found.now or found.waits or found.overruled or request.later or state.waiting_settings):
        text = "The settings were read again: nothing has changed."
        turn.tell(Severity.INFO, text, topic=_TOPIC)
        return True, text
    _end_questions(turn, "The file was read once more.")
    _count(turn, found, dict(request.sealed), wanted=request if found.waits else None)
    text = "\n".join(_told(turn, found, request.later))
    if found.waits:
        waits = "Waits, since it may risk more real money. Confirm asks for a code:"
        asked = "\n".join([text, waits, *_bounded(found.waits)])
        turn.tell(Severity.WARNING, asked, topic=_TOPIC, question=whether_to_apply())
        said = "\n".join([text, "Waits for Confirm in the chat:", *_bounded(found.waits)])
        return True, said
    turn.tell(Severity.INFO, text, topic=_TOPIC)
    return True, text


def apply_waiting(turn: Turn) -> None:
    """Have what waits count, as a person has confirmed."""
    waiting = turn.state.waiting_settings
    if waiting is None:
        return
    found = _compare(turn, waiting.rules, waiting.total_loss_limit, hold=False)
    _count(turn, found, {}, wanted=None)


def drop_waiting(turn: Turn, why: str) -> None:
    """Forget what waits: a person has said no, or the whole file was read at a start."""
    if turn.state.waiting_settings is None:
        return
    _end_questions(turn, why)
    _emit(turn, turn.state.env_rules, turn.state.env_total_loss_limit, wanted=None)


def refuse_settings(turn: Turn, request: RefuseSettings) -> tuple[bool, str]:
    """Tell what is wrong with a file that was read again; nothing of it counts."""
    lines = ["The settings were read again and refused; nothing has changed:"]
    lines += _bounded(request.faults)
    text = "\n".join(
        [*lines, "Mend the file and have it read again; a start with it may be refused too."]
    )
    turn.tell(Severity.ERROR, text, topic=_TOPIC)
    return False, text


def _compare(
    turn: Turn, wanted: tuple[FollowerRules, ...], total: Decimal | None, *, hold: bool
) -> _Reading:
    """Return what of a file would count, and what would wait where looser values are held back."""
    found = _Reading()
    for rules in wanted:
        _follower(turn, found, rules, hold=hold)
    names = {rules.name for rules in wanted}
    for name, rules in turn.state.env_rules.items():
        if name not in names:
            _missing(turn, found, rules)
    for name in turn.state.kept:
        # Deleted while nothing ran. Whose account does not open and who still has copies is named loudly.
        if name not in names and name not in turn.state.env_rules and not remains(turn.state, name):
            _goes(found, name)
    _total(turn, found, total, hold=hold)
    return found


def _follower(turn: Turn, found: _Reading, wanted: FollowerRules, *, hold: bool) -> None:
    state, name = turn.state, wanted.name
    known = state.env_rules.get(name)
    if known is None:
        found.note(f"{name} ({wanted.user_id}): is added", waits=hold)
        _note_set_before(turn, found, wanted)
        if not hold:
            found.rules[name] = wanted
        return
    if name in state.leaving:
        how = "and takes entries again" if wanted.enabled else "disabled"
        found.note(f"{name}: is back, {how}", waits=hold)
        # Whoever says yes says yes to all of it.
        for each in rule_changes(overlaid(state, known), overlaid(state, wanted)):
            found.note(_line_of(name, each), waits=hold)
        _note_set_before(turn, found, wanted)
        found.rules[name] = known if hold else wanted
        if not hold:
            found.back.append(name)
        return
    before, after = overlaid(state, known), overlaid(state, wanted)
    changes = rule_changes(before, after)
    held = frozenset(each.key for each in changes if hold and each.looser)
    found.rules[name] = taken_over(known, wanted, but=held)
    for each in changes:
        found.note(_line_of(name, each), waits=each.key in held)
    if before.enabled and not after.enabled:
        found.off.append(name)
    told = {each.key for each in changes}
    for each in rule_changes(known, wanted):
        if each.key not in told:
            line = f"{name} {each.key} is {each.new} in the file, but /set counts"
            found.overruled.append(f"{line}: /set {name} {each.key} default")


def _line_of(name: AccountName, change: RuleChange) -> str:
    of = change.key if change.key in FOR_ALL else f"{name} {change.key}"
    return f"{of}: {change.old} → {change.new}"


def _note_set_before(turn: Turn, found: _Reading, wanted: FollowerRules) -> None:
    """Name what was once set from the chat for a name, and would count unseen now that it is there again."""
    state, name = turn.state, wanted.name
    for each in rule_changes(overlaid(state, wanted), wanted):
        if (name, each.key) in state.chosen:
            line = f"{name} {each.key} is {each.new} in the file, but /set counts with {each.old}"
            found.overruled.append(f"{line}: /set {name} {each.key} default")


def _missing(turn: Turn, found: _Reading, rules: FollowerRules) -> None:
    """Judge a follower whom the file does not name any more."""
    state, name = turn.state, rules.name
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


def _goes(found: _Reading, name: AccountName) -> None:
    found.goes.append(name)
    found.note(f"{name}: is removed", waits=False)


def _total(turn: Turn, found: _Reading, wanted: Decimal | None, *, hold: bool) -> None:
    state, known = turn.state, turn.state.env_total_loss_limit
    before, after = total_overlaid(state, known), total_overlaid(state, wanted)
    held = hold and total_loss_looser(before, after)
    found.total = known if held else wanted
    if before != after:
        line = f"{TOTAL_LOSS}: {total_loss_shown(before)} → {total_loss_shown(after)}"
        found.note(line, waits=held)
    elif known != wanted:
        line = f"{TOTAL_LOSS} is {total_loss_shown(wanted)} in the file, but /set counts"
        found.overruled.append(f"{line}: /set {TOTAL_LOSS} default")


def _count(
    turn: Turn, found: _Reading, sealed: dict[AccountName, str], *, wanted: TakeSettings | None
) -> None:
    """Have a reading count: in one transaction, exits as before."""
    before = dict(turn.state.rules)
    for name in found.back:
        turn.emit(r.FollowerLeaving(follower=name, sealed=None, at=turn.at))
    for name in found.leaves:
        # A start has nothing to seal: it goes by what was kept.
        details = sealed.get(name) or turn.state.kept.get(name, "")
        turn.emit(r.FollowerLeaving(follower=name, sealed=details, at=turn.at))
    for name in found.goes:
        let_go(turn, name)
    _emit(turn, found.rules, found.total, wanted=wanted, gone=tuple(found.goes))
    follow_rules(turn, before)
    for name in found.leaves:
        cancel_entries(turn, name)


def _emit(
    turn: Turn,
    rules: dict[AccountName, FollowerRules],
    total: Decimal | None,
    *,
    wanted: TakeSettings | None,
    gone: tuple[AccountName, ...] = (),
) -> None:
    turn.emit(
        r.SettingsTaken(
            rules=tuple(rules.values()),
            total_loss_limit=total,
            at=turn.at,
            wanted=None if wanted is None else wanted.rules,
            wanted_total=None if wanted is None else wanted.total_loss_limit,
            gone=gone,
        )
    )


def _told(turn: Turn, found: _Reading, later: tuple[str, ...]) -> list[str]:
    lines = ["The settings were read again."]
    lines += _bounded(found.now)
    if found.off:
        lines.append(f"Exits still follow the master. {_resting(turn, found.off)}".rstrip())
    lines += _bounded(found.overruled)
    if later:
        lines.append(f"Only after a restart: {', '.join(_bounded(later))}.")
    return lines


def _resting(turn: Turn, names: Iterable[AccountName]) -> str:
    resting = sum(len(resting_entries_of(turn.state, name)) for name in names)
    return f"{resting} entry order(s) still rest at the broker." if resting else ""


def _bounded(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    left = len(every) - MOST_LINES
    return every if left <= 0 else [*every[:MOST_LINES], f"and {left} more"]


def _end_questions(turn: Turn, why: str) -> None:
    for offer in list(turn.state.open_offers.values()):
        if offer.question.kind is OfferKind.SETTINGS:
            turn.settle(offer, Settlement(at=turn.at, text=why))
