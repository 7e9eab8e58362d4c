"""Did we manage to say it? The intent's states and their only legal moves.

Rule: everything that moves an intent is in ``TRANSITIONS``. What is absent raises
and changes nothing. What became of the *order* is another machine (``merge.py``).
"""

from enum import StrEnum, unique
from typing import assert_never

from engine.core.values.commands import Acked, Outcome, Refused, Unknown, Withheld, WithheldReason
from engine.errors import InvalidTransition


@unique
class IntentState(StrEnum):
    """How far one write has come."""

    PLANNED = "PLANNED"
    SENDING = "SENDING"
    ACKED = "ACKED"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    ABSENT = "ABSENT"
    NEEDS_HUMAN = "NEEDS_HUMAN"
    EXPIRED = "EXPIRED"
    KILLED = "KILLED"

    @property
    def is_open(self) -> bool:
        """Whether the order may exist or may still come to exist."""
        return self in _OPEN

    @property
    def is_unresolved(self) -> bool:
        """Whether we do not know if the order exists."""
        return self in (IntentState.UNKNOWN, IntentState.NEEDS_HUMAN)


_OPEN = frozenset(
    {
        IntentState.PLANNED,
        IntentState.SENDING,
        IntentState.ACKED,
        IntentState.UNKNOWN,
        IntentState.NEEDS_HUMAN,
    }
)


@unique
class Trigger(StrEnum):
    """What moves an intent."""

    SEND = "journalled, about to leave"
    ACK = "broker returned an order id"
    REFUSE = "broker definitely refused"
    LOSE = "no usable answer, or the process ended while sending"
    FIND = "found in the order book"
    PROVE_ABSENT = "a fresh book does not show it"
    GIVE_UP = "cannot be resolved without a person"
    EXPIRE = "too old to leave"
    KILL = "stopped or superseded before it left"


_S = IntentState
_T = Trigger

TRANSITIONS: dict[tuple[IntentState, Trigger], IntentState] = {
    (_S.PLANNED, _T.SEND): _S.SENDING,
    (_S.PLANNED, _T.EXPIRE): _S.EXPIRED,
    (_S.PLANNED, _T.KILL): _S.KILLED,
    (_S.SENDING, _T.ACK): _S.ACKED,
    (_S.SENDING, _T.REFUSE): _S.REFUSED,
    (_S.SENDING, _T.LOSE): _S.UNKNOWN,
    # The socket or a book may show the order before its own answer arrives.
    (_S.SENDING, _T.FIND): _S.ACKED,
    # Legal only where the lane attests that no byte left.
    (_S.SENDING, _T.EXPIRE): _S.EXPIRED,
    (_S.SENDING, _T.KILL): _S.KILLED,
    (_S.UNKNOWN, _T.FIND): _S.ACKED,
    (_S.UNKNOWN, _T.PROVE_ABSENT): _S.ABSENT,
    (_S.UNKNOWN, _T.GIVE_UP): _S.NEEDS_HUMAN,
    # The answer may outrun or trail the book: a repeat changes nothing.
    (_S.ACKED, _T.FIND): _S.ACKED,
    (_S.ACKED, _T.ACK): _S.ACKED,
    # An answer given up for lost may still come; it is proof.
    (_S.UNKNOWN, _T.ACK): _S.ACKED,
    (_S.UNKNOWN, _T.REFUSE): _S.REFUSED,
    # Late arrivals are adopted whatever was concluded before (8-90 s were seen at Kite).
    (_S.ABSENT, _T.FIND): _S.ACKED,
    (_S.ABSENT, _T.ACK): _S.ACKED,
    # A refusal that was none: the book is proof.
    (_S.REFUSED, _T.FIND): _S.ACKED,
    (_S.NEEDS_HUMAN, _T.FIND): _S.ACKED,
    (_S.NEEDS_HUMAN, _T.PROVE_ABSENT): _S.ABSENT,
    # While a person is asked too, the broker's own answer is proof.
    (_S.NEEDS_HUMAN, _T.ACK): _S.ACKED,
    (_S.NEEDS_HUMAN, _T.REFUSE): _S.REFUSED,
    # Its day ended before anybody knew whether it exists, and a later book shows it.
    (_S.EXPIRED, _T.FIND): _S.ACKED,
}


def move(state: IntentState, trigger: Trigger) -> IntentState:
    """Return the state after a trigger.

    Raises:
        InvalidTransition: The pair is not in the table; our bug: halt and alert.
    """
    after = TRANSITIONS.get((state, trigger))
    if after is None:
        raise InvalidTransition(f"an intent cannot go on from {state.value} by: {trigger.value}")
    return after


def trigger_of(outcome: Outcome) -> Trigger:
    """Return the trigger that an outcome of the wire or the lane stands for."""
    match outcome:
        case Acked():
            return Trigger.ACK
        case Refused():
            return Trigger.REFUSE
        case Unknown():
            return Trigger.LOSE
        case Withheld(reason=WithheldReason.EXPIRED):
            return Trigger.EXPIRE
        case Withheld():
            return Trigger.KILL
        case _:
            assert_never(outcome)
