"""Apply what becomes of people: invited, paired, revoked; their codes; strangers that were named."""

from datetime import timedelta

from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.people import GUESSES_COUNT_FOR, Invitation, Person

#: How long a stranger is not named again.
NAMED_FOR = timedelta(hours=1)


def invited(state: State, record: r.PersonInvited) -> None:
    """Note a pairing code; it takes the place of an older one for the same."""
    same = (record.role, record.account_id)
    state.invitations = {
        digest: one
        for digest, one in state.invitations.items()
        if (one.role, one.account_id) != same and one.expires_at > record.at
    }
    state.invitations[record.digest] = Invitation(
        digest=record.digest,
        role=record.role,
        account_id=record.account_id,
        by_id=record.by_id,
        by=record.by,
        expires_at=record.expires_at,
    )


def paired(state: State, record: r.PersonPaired) -> None:
    """Let a person in; his code has worked."""
    state.invitations.pop(record.digest, None)
    state.pairing_misses.pop(record.user_id, None)
    state.people[record.user_id] = Person(
        user_id=record.user_id,
        name=record.name,
        role=record.role,
        account_id=record.account_id,
        paired_at=record.at,
        by=record.by,
        digest=record.digest,
    )
    # What he proved in another role does not count in this one.
    state.codes_accepted.pop(record.user_id, None)


def revoked(state: State, record: r.PersonRevoked) -> None:
    """Send a person away."""
    state.people.pop(record.user_id, None)
    state.codes_accepted.pop(record.user_id, None)


def code_accepted(state: State, record: r.CodeAccepted) -> None:
    """Use a code up, and let it answer for the person."""
    state.totp_last_step = max(state.totp_last_step or 0, record.totp_step)
    state.totp_failures = 0
    state.codes_accepted[record.user_id] = record.at


def pairing_missed(state: State, record: r.PairingMissed) -> None:
    """Count a guess; those of more than an hour ago are forgotten."""
    recent = {
        user_id: kept
        for user_id, times in state.pairing_misses.items()
        if (kept := tuple(at for at in times if record.at - at < GUESSES_COUNT_FOR))
    }
    recent[record.user_id] = (*recent.get(record.user_id, ()), record.at)
    state.pairing_misses = recent


def stranger_named(state: State, record: r.StrangerNamed) -> None:
    """Note when owners were told of somebody unknown."""
    state.strangers_named = {
        user_id: at for user_id, at in state.strangers_named.items() if record.at - at < NAMED_FOR
    }
    state.strangers_named[record.user_id] = record.at
