"""Letting people in and sending them away: what the chat and the command line may ask about that."""

from engine.core.state.fold_people import NAMED_FOR
from engine.core.state.people import guesses_of, invitation_of, may_govern, role_of
from engine.core.state.turn import Turn
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.control import Requester
from engine.core.values.notices import Severity
from engine.core.values.people import CODE_LASTS, MOST_GUESSES, PEOPLE_TOPIC, RANKS, Person, Role

#: Strangers that owners are told of within an hour; a flood of them is named as one.
MOST_STRANGERS = 10
#: People whose guesses are kept; those of more are counted by the running chat alone.
_MOST_GUESSING = 1_000

_LOCKED = "Locked after five wrong codes: run `copytrader unlock` on the server."
_USED_CODE = "That code was used already: wait for the next one."


def prove(turn: Turn, request: c.ProveCode, by: Requester) -> tuple[bool, str]:
    """Use a right code of the second factor up."""
    if turn.state.totp_locked:
        return False, _LOCKED
    if is_used(turn, request.totp_step):
        return False, _USED_CODE
    turn.emit(r.CodeAccepted(user_id=by.user_id, totp_step=request.totp_step, at=turn.at))
    return True, "The code is right."


def is_used(turn: Turn, step: int) -> bool:
    """Return whether the code of a time step, or a later one, was taken before."""
    last = turn.state.totp_last_step
    return last is not None and step <= last


def invite(turn: Turn, request: c.InvitePerson, by: Requester) -> tuple[bool, str]:
    """Keep the digest of a pairing code for ten minutes."""
    state = turn.state
    if not may_govern(turn.state, by.user_id):
        return False, "Only owners may let people in."
    if state.totp_locked:
        return False, _LOCKED
    if request.totp_step is not None and is_used(turn, request.totp_step):
        return False, _USED_CODE
    rules = state.rules.get(request.follower) if request.follower is not None else None
    if (request.role is Role.FOLLOWER) != (rules is not None):
        known = ", ".join(state.rules) or "none"
        return False, f"A follower needs one of the accounts that are copied to: {known}."
    if request.totp_step is not None:
        turn.emit(r.CodeAccepted(user_id=by.user_id, totp_step=request.totp_step, at=turn.at))
    until = turn.at + CODE_LASTS
    turn.emit(
        r.PersonInvited(
            digest=request.digest,
            role=request.role,
            account_id=rules.user_id if rules is not None else "",
            by_id=by.user_id,
            by=by.name,
            expires_at=until,
            at=turn.at,
        )
    )
    about = f" of {request.follower}" if rules is not None else ""
    return True, f"Good once, till {until:%H:%M} IST, for one {request.role}{about}."


def pair(turn: Turn, request: c.PairPerson, by: Requester) -> tuple[bool, str]:
    """Let a person in who has sent a code that works; of any other nothing is noted."""
    state = turn.state
    invitation = invitation_of(state, request.digest, at=turn.at)
    person = state.people.get(by.user_id)
    if invitation is None and person is not None and person.digest == request.digest:
        return False, (
            f"You are {_as_what(turn, person)} already, by this very code; it works once. "
            "All that you may do: /help"
        )
    if invitation is None:
        return False, "That code is wrong, used or expired. Ask an owner for a new one."
    known = role_of(state, by.user_id)
    if known is not None and RANKS.index(known) > RANKS.index(invitation.role):
        return False, f"You are {_a(known)} already. The code was not used: it gives less."
    if by.user_id in state.owners:
        return False, "You are an owner already. The code was not used."
    turn.emit(
        r.PersonPaired(
            user_id=by.user_id,
            name=by.name,
            role=invitation.role,
            account_id=invitation.account_id,
            digest=invitation.digest,
            by=invitation.by,
            at=turn.at,
        )
    )
    as_what = _as_what(turn, state.people[by.user_id])
    turn.tell(
        Severity.WARNING,
        f"{by.name} (Telegram id {by.user_id}) is {as_what} now, by a code of {invitation.by}. "
        "If that is not the person you gave it to: /people revokes at once.",
        topic=PEOPLE_TOPIC,
    )
    return True, f"You are {as_what} now. All that you may do: /help"


def revoke(turn: Turn, request: c.RevokePerson, by: Requester) -> tuple[bool, str]:
    """Hear a person no more, from this moment on."""
    state = turn.state
    if not may_govern(turn.state, by.user_id):
        return False, "Only owners may send people away."
    if request.user_id in state.owners:
        return False, (
            "He is in TELEGRAM__ADMINS: take the id out of .env on the server and start again."
        )
    person = state.people.get(request.user_id)
    if person is None:
        return False, "Nobody with that id is paired."
    turn.emit(
        r.PersonRevoked(
            user_id=person.user_id, name=person.name, by_id=by.user_id, by=by.name, at=turn.at
        )
    )
    turn.tell(
        Severity.INFO,
        f"{person.name} (Telegram id {person.user_id}) is {_a(person.role)} no more, by {by.name}.",
        topic=PEOPLE_TOPIC,
    )
    return True, f"{person.name} is not heard any more."


def miss_pairing(turn: Turn, request: c.PairingFailed) -> tuple[bool, str]:
    """Count a guess over restarts; of so many people at most, since anybody can make one."""
    state, user_id = turn.state, request.user_id
    known = user_id in state.pairing_misses
    if guesses_of(state, user_id, at=turn.at) < MOST_GUESSES and (
        known or len(state.pairing_misses) < _MOST_GUESSING
    ):
        turn.emit(r.PairingMissed(user_id=user_id, at=turn.at))
    return True, ""


def name_stranger(turn: Turn, request: c.NameStranger) -> tuple[bool, str]:
    """Tell owners that somebody unknown writes, once an hour of each, and of so many at most."""
    named = {
        user_id: at
        for user_id, at in turn.state.strangers_named.items()
        if turn.at - at < NAMED_FOR
    }
    if request.user_id in named or len(named) >= MOST_STRANGERS:
        return True, ""
    turn.emit(r.StrangerNamed(user_id=request.user_id, at=turn.at))
    text = (
        f"Somebody unknown writes to this bot: {request.name} (Telegram id {request.user_id}). "
        "He gets no answer. To let somebody in: /people"
    )
    if len(named) == MOST_STRANGERS - 1:
        text += "\nThere are many of them: no further one is named within this hour."
    turn.tell(Severity.WARNING, text, topic=PEOPLE_TOPIC)
    return True, ""


def _as_what(turn: Turn, person: Person) -> str:
    if person.role is not Role.FOLLOWER:
        return _a(person.role)
    names = [one.name for one in turn.state.rules.values() if one.user_id == person.account_id]
    return f"the follower of {names[0] if names else person.account_id}"


def _a(role: Role) -> str:
    return f"an {role}" if role.value[0] in "aeiou" else f"a {role}"
