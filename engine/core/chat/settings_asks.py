"""A file of settings that was read again: what of it counts at once, and what waits for a person.

In LIVE what is looser, a new follower too, waits for a press with a code; what is tighter never does. The
difference is told as old → new. Everything of one reading is decided in one transaction.
"""

from collections.abc import Iterable
from decimal import Decimal

from engine.core.chat.settings_compared import Reading, compare
from engine.core.observe.membership import (
    cancel_entries,
    follow_rules,
    let_go,
    resting_entries_of,
)
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.control import RefuseSettings, TakeSettings
from engine.core.values.counts import counted
from engine.core.values.market import AccountName, Venue
from engine.core.values.notices import Severity
from engine.core.values.offers import OfferKind, Settlement, whether_to_apply
from engine.core.values.rules import FollowerRules

#: Lines of one kind that are told; a message of the chat holds 4,096 characters.
MOST_LINES = 20
_TOPIC = "settings"


def take_settings(turn: Turn, request: TakeSettings) -> tuple[bool, str]:
    """Have a file that was read again count, but for what waits; tell what changes."""
    state = turn.state
    found = compare(
        turn.state, request.rules, request.total_loss_limit, hold=state.venue is Venue.LIVE
    )
    if not (found.now or found.waits or found.overruled or request.later or state.waiting_settings):
        text = "The settings were read again: nothing has changed."
        turn.tell(Severity.INFO, text, topic=_TOPIC)
        return True, text
    _end_questions(turn, "The file was read once more.")
    _count(turn, found, dict(request.sealed), wanted=request if found.waits else None)
    text = "\n".join(_told(turn, found, request.later))
    if found.waits:
        waits = "Waits, since it may risk more real money, until you press Confirm:"
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
    found = compare(turn.state, waiting.rules, waiting.total_loss_limit, hold=False)
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


def _count(
    turn: Turn, found: Reading, sealed: dict[AccountName, str], *, wanted: TakeSettings | None
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


def _told(turn: Turn, found: Reading, later: tuple[str, ...]) -> list[str]:
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
    rest = counted(resting, "entry order still rests", "entry orders still rest")
    return f"{rest} at the broker." if resting else ""


def _bounded(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    left = len(every) - MOST_LINES
    return every if left <= 0 else [*every[:MOST_LINES], f"and {left} more"]


def _end_questions(turn: Turn, why: str) -> None:
    for offer in list(turn.state.open_offers.values()):
        if offer.question.kind is OfferKind.SETTINGS:
            turn.settle(offer, Settlement(at=turn.at, text=why))
