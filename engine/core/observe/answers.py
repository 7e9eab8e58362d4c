"""Take in the answer of the wire or the lane to one write."""

from engine.core.outcome.refusals import take_refusal, tell_end
from engine.core.outcome.unknown import again
from engine.core.planning.baskets import touch_sold_legs
from engine.core.planning.missed import offer_expired
from engine.core.risk.loss import latched
from engine.core.risk.order_permission import CONSOLE
from engine.core.risk.preflight import must_log_in
from engine.core.state.latches import (
    RETRIED,
    describe,
    forget_contribution,
    is_latched,
    restore_contribution,
)
from engine.core.state.session_end import end_session
from engine.core.state.turn import Turn, topic_of
from engine.core.values import records as r
from engine.core.values.child import RESTS, Child
from engine.core.values.commands import (
    Acked,
    Outcome,
    RefusalKind,
    Refused,
    Unknown,
    Withheld,
    WithheldReason,
)
from engine.core.values.events import Answered
from engine.core.values.intents import TRANSITIONS, IntentState, trigger_of
from engine.core.values.keys import Leg, copy_topic
from engine.core.values.loss import LossStep
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.offers import login_of, paused_by_broker

#: Refusals that speak of the modification itself.
_UNCHANGEABLE = frozenset({RefusalKind.INPUT, RefusalKind.MARGIN, RefusalKind.HOLDINGS})

_NO_SESSION = "the Kite session has ended"


def take_answer(turn: Turn, event: Answered) -> None:
    """Move the intent that was answered; a late answer to a settled intent changes nothing."""
    child = turn.state.children.get(event.tag)
    if child is None:
        return
    if event.cancel:
        _cancel_answered(turn, child, event)
    elif event.modify:
        _change_answered(turn, child, event)
    else:
        _place_answered(turn, child, event)
    _account_effect(turn, child, event.outcome)
    turn.touch(child.key)
    touch_sold_legs(turn, child)
    turn.child_card(child)


def _place_answered(turn: Turn, child: Child, event: Answered) -> None:
    outcome, before = event.outcome, child.state
    state = TRANSITIONS.get((child.state, trigger_of(outcome)))
    if state is None:
        return
    if isinstance(outcome, Refused):
        outcome = take_refusal(turn, child, outcome, sent=child.terms)
    turn.emit(
        r.IntentMoved(
            tag=child.tag,
            state=state,
            at=event.at,
            order_id=outcome.order_id if isinstance(outcome, Acked) else None,
            refusal=outcome.kind if isinstance(outcome, Refused) else None,
            reason=_held_back(turn, child, outcome) or _reason(outcome),
        )
    )
    match outcome:
        case Refused():
            if is_latched(child):
                forget_contribution(turn, child)
            _tell_refused(turn, child, outcome)
        case Unknown():
            turn.reads.add(child.key.follower)
            tell_unknown(turn, child, outcome.detail)
        case Withheld():
            forget_contribution(turn, child)
            if state is IntentState.EXPIRED:
                offer_expired(turn, child, "too old when its turn came")
            if child.leg is not Leg.ENTRY:
                _tell_refused(
                    turn, child, Refused(kind=RefusalKind.INPUT, message=_reason(outcome))
                )
        case _:
            # Taken: what becomes of it the book tells.
            if before is IntentState.ABSENT:
                _tell_taken_after_all(turn, child)


def _tell_taken_after_all(turn: Turn, child: Child) -> None:
    """Follow an order that was concluded not to be there: the broker's own order id is proof of it."""
    restore_contribution(turn, child)
    turn.reads.add(child.key.follower)
    turn.tell(
        Severity.CRITICAL,
        f"{child.key.follower}: {describe(child)} was taken by the broker after all, its answer came late. "
        "It was placed once, and is followed.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
    )


def _held_back(turn: Turn, child: Child, outcome: Outcome) -> str:
    """Return that an entry was held back at the last gate by the daily loss; the lane tells both as a pause."""
    if not isinstance(outcome, Withheld) or outcome.reason is not WithheldReason.PAUSED:
        return ""
    name = child.key.follower
    by_loss = latched(turn.state, child.key.venue, name) >= LossStep.NO_ENTRIES
    return SkipReason.LOSS_LIMIT.value if by_loss and not turn.state.account(name).paused else ""


def _reason(outcome: Outcome) -> str:
    match outcome:
        case Refused(kind=RefusalKind.SESSION):
            # Kite's own words ("Incorrect `api_key` or `access_token`") send people to their keys, which are right.
            return _NO_SESSION
        case Refused():
            return outcome.message
        case Unknown():
            return outcome.detail
        case Withheld():
            return outcome.reason.value
        case _:
            return ""


def _tell_refused(turn: Turn, child: Child, refused: Refused) -> None:
    exiting = child.leg is not Leg.ENTRY
    if refused.kind is RefusalKind.FREEZE:
        if not exiting:
            _tell_frozen(turn, child, refused)
        # What was learned is told; the exit itself goes out anew in this very turn.
        return
    out_of_range = refused.kind is RefusalKind.PRICE and child.step == RESTS
    if exiting and refused.kind in RETRIED and not out_of_range:
        turn.tell_once(
            Severity.WARNING,
            f'{child.key.follower}: {describe(child)} was not taken: "{refused.message.rstrip(".")}". '
            "Nothing was placed; the exit is sent again.",
            topic=copy_topic(child.key.venue, child.master_order_id),
            mark=f"retry:{child.key}:{child.master_order_id}",
        )
        return
    if exiting and child.step == RESTS and _is_told_of_account(turn, child, refused):
        # Once his order has filled it goes out at the market, and is told if that is refused too.
        return
    if refused.kind is not RefusalKind.NO_MARKET:
        # A contract without MARKET orders is told once; the order itself goes out as a limit.
        tell_end(turn, child, "refused", _reason(refused))


def _is_told_of_account(turn: Turn, child: Child, refused: Refused) -> bool:
    """Return whether people hear of the whole account, with this very refusal or before, that it is shut out."""
    follower = child.key.follower
    if refused.kind is not RefusalKind.PERMISSION or child.key.venue is not Venue.LIVE:
        return False
    paused = turn.state.account(follower).paused
    return not paused or turn.is_asked(paused_by_broker(follower))


def _tell_frozen(turn: Turn, child: Child, refused: Refused) -> None:
    """Say once for an order that it was above the freeze quantity, however many slices were."""
    turn.tell_once(
        Severity.ERROR,
        f'{child.key.follower}: {describe(child)} was refused: "{refused.message.rstrip(".")}". '
        "What was refused is left out of this order; the next is sliced by the new figure.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        mark=f"frozen:{child.key}:{child.master_order_id}",
        question=again(turn.state, child, "Retry"),
    )


def tell_unknown(turn: Turn, child: Child, detail: str) -> None:
    """Name an order of which nobody can say yet whether it exists."""
    exiting = child.leg is not Leg.ENTRY
    turn.tell(
        Severity.CRITICAL if exiting else Severity.WARNING,
        f"{child.key.follower}: {describe(child)} is UNKNOWN ({detail}). It may have been placed, "
        "so it is never sent again; the order book is being watched for it.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        child=child,
    )


def _cancel_answered(turn: Turn, child: Child, event: Answered) -> None:
    cancel = child.cancel
    if cancel is None or cancel.intent_id != event.intent_id:
        return
    state = IntentState.REFUSED
    if isinstance(event.outcome, Acked):
        state = IntentState.ACKED
    elif isinstance(event.outcome, Unknown):
        state = IntentState.UNKNOWN
    turn.emit(
        r.CancelMoved(
            tag=child.tag,
            intent_id=cancel.intent_id,
            state=state,
            at=event.at,
            book_version=turn.state.account(child.key.follower).book_version,
            times=cancel.times,
        )
    )
    # Accepted is not done, and refused often means that it has just filled: look.
    turn.reads.add(child.key.follower)


def _change_answered(turn: Turn, child: Child, event: Answered) -> None:
    change, outcome = child.change, event.outcome
    if change is None or change.intent_id != event.intent_id:
        return
    if change.state not in (IntentState.SENDING, IntentState.UNKNOWN):
        return
    state = IntentState.REFUSED
    if isinstance(outcome, Acked):
        state = IntentState.ACKED
    elif isinstance(outcome, Unknown):
        state = IntentState.UNKNOWN
    if isinstance(outcome, Refused):
        outcome = take_refusal(turn, child, outcome, sent=change.terms)
    turn.emit(
        r.ChangeMoved(
            tag=child.tag,
            intent_id=change.intent_id,
            state=state,
            terms=change.terms,
            at=event.at,
            book_version=turn.state.account(child.key.follower).book_version,
            refused=isinstance(outcome, Refused) and _is_unchangeable(child, outcome),
            refusal=outcome.kind if isinstance(outcome, Refused) else None,
        )
    )
    turn.reads.add(child.key.follower)


def _is_unchangeable(child: Child, refused: Refused) -> bool:
    """Whether an order will never be modified: it is cancelled and placed anew instead.

    What Kite is busy with, or had no time for, is asked again; and so is what was to become larger
    than the exchange takes, if it is not as it stands.
    """
    if refused.kind is RefusalKind.FREEZE:
        return child.terms.quantity > (refused.freeze_quantity or 0)
    return refused.kind in _UNCHANGEABLE


def _account_effect(turn: Turn, child: Child, outcome: Outcome) -> None:
    """A refusal may speak of the whole account, not of the one order."""
    if child.key.venue is not Venue.LIVE or not isinstance(outcome, Refused):
        return
    follower = child.key.follower
    if outcome.kind is RefusalKind.SESSION:
        # Only the broker can say that a token is dead. A write that found no session on this side
        # may have met the moment between a login and its first use.
        login_at = turn.state.account(follower).login_at
        with_this_token = not (child.sent_at and login_at and child.sent_at <= login_at)
        if outcome.http_status is not None and with_this_token:
            lose_session(turn, follower)
    elif outcome.kind is RefusalKind.PERMISSION and not turn.state.account(follower).paused:
        turn.emit(r.FollowerPaused(follower=follower, paused=True))
        turn.tell(
            Severity.CRITICAL,
            f'{follower} is paused: Kite says "{outcome.message.rstrip(".")}". His exits are refused likewise: watch '
            f"his positions in Kite. {_mend_at_broker(outcome.message)}, then /resume {follower}.",
            topic=topic_of(follower),
            needs_human=True,
            question=paused_by_broker(follower),
        )


def _mend_at_broker(message: str) -> str:
    """Return what a person does about an account whose orders Kite does not take."""
    if "IP" in message.split() or "IPs" in message.split():
        return f"Add this machine's address to the IPs of his app at {CONSOLE}"
    return f"Mend it at {CONSOLE} or in Kite (plan, segment)"


def _missed(turn: Turn, name: AccountName, *, overnight: bool) -> str:
    """Return what goes wrong until somebody logs in; at night the morning tells, and on paper a follower needs none."""
    if overnight or name not in must_log_in(turn.state):
        return ""
    if name == MASTER:
        return ": until then nothing he does is seen or copied, exits neither"
    return ": until then his exits wait too"


def lose_session(turn: Turn, name: AccountName, *, overnight: bool = False) -> None:
    """Note that an account's session is dead and ask for a login, once.

    At 06:00, when every session ends (``overnight``), without sound: the morning has reminders.
    """
    if not end_session(turn, name):
        return
    turn.tell(
        Severity.INFO if overnight else Severity.ERROR,
        f"{name}: the Kite session has ended. Log in with /login {name}{_missed(turn, name, overnight=overnight)}.",
        topic=topic_of(name),
        needs_human=True,
        question=login_of(name),
    )
