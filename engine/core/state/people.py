"""Who somebody is now: by the settings, or by the code that he was paired with."""

from datetime import datetime

from engine.core.state.state import State
from engine.core.values.market import AccountName
from engine.core.values.people import GUESSES_COUNT_FOR, Invitation, Person, PersonView, Role

#: Whoever is at the command line owns the account that the program runs under.
LOCAL = 0


def role_of(state: State, user_id: int) -> Role | None:
    """Return what a person may speak as, or None for a stranger."""
    if user_id in state.owners:
        return Role.OWNER
    person = state.people.get(user_id)
    return person.role if person is not None else None


def may_govern(state: State, user_id: int) -> bool:
    """Return whether somebody may let people in and send them away."""
    return user_id == LOCAL or role_of(state, user_id) is Role.OWNER


def invitation_of(state: State, digest: str, *, at: datetime) -> Invitation | None:
    """Return the invitation of a code that works now; one of somebody who is no owner any more does not.

    Else whoever is sent away could come in again by a code of his own.
    """
    one = state.invitations.get(digest)
    works = one is not None and one.expires_at > at and may_govern(state, one.by_id)
    return one if works else None


def guesses_of(state: State, user_id: int, *, at: datetime) -> int:
    """Return how many pairing codes that do not work a person has sent within an hour."""
    return sum(at - each < GUESSES_COUNT_FOR for each in state.pairing_misses.get(user_id, ()))


def account_of(state: State, person: Person) -> AccountName | None:
    """Return the name that a follower's account has in the settings now, by its Kite id."""
    if not person.account_id:
        return None
    named = (one.name for one in state.rules.values() if one.user_id == person.account_id)
    return next(named, None)


def people_view(state: State) -> tuple[PersonView, ...]:
    """Return everybody who was paired, in the order of their pairing."""
    return tuple(
        PersonView(
            user_id=person.user_id,
            name=person.name,
            role=person.role,
            account=account_of(state, person),
            account_id=person.account_id,
            paired_at=person.paired_at,
            by=person.by,
        )
        for person in state.people.values()
    )
