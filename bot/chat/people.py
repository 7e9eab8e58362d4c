"""Who is heard as what, and who is told what: settings and pairings, asked anew each time."""

from bot.chat.chat_desk import ChatDesk
from bot.chat.commands import find
from bot.chat.posts import Standing
from bot.chat.role_desk import RoleDesk
from bot.chat.roles import may
from engine.core.values.market import AccountName
from engine.core.values.notices import Notice, NoticeKind
from engine.core.values.people import PEOPLE_TOPIC, PersonView, Role

_ACCOUNT_TOPIC = "account:"


class People:
    """Asks the journal's state at every question, so that a revocation counts from its commit on.

    Args:
        admins: Owners by the settings, numeric ids.
        desk: Knows who was paired.
    """

    def __init__(self, admins: frozenset[int], desk: ChatDesk) -> None:
        self._admins = admins
        self._desk = desk

    def role(self, user_id: int) -> Role | None:
        """Return what somebody is heard as; None for a stranger."""
        if user_id in self._admins:
            return Role.OWNER
        person = self._person(user_id)
        return person.role if person is not None else None

    def standing(self, user_id: int) -> Standing | None:
        """Return what somebody is heard as, with a follower's account; None for a stranger."""
        role = self.role(user_id)
        return None if role is None else (role, self.account(user_id))

    def account(self, user_id: int) -> AccountName | None:
        """Return the account that a follower sees; None where it is not configured any more."""
        person = self._person(user_id)
        return person.account if person is not None else None

    def is_owner(self, user_id: int) -> bool:
        """Return whether somebody may press what is under an alert."""
        return self.role(user_id) is Role.OWNER

    def desk_of(self, user_id: int) -> ChatDesk:
        """Return the engine's door as wide as it is open to somebody; a stranger's is shut."""
        role = self.role(user_id)
        if role is Role.OWNER:
            return self._desk
        return RoleDesk(self._desk, role or Role.FOLLOWER, self.account(user_id))

    def everybody(self) -> tuple[int, ...]:
        """Return all who are heard."""
        return tuple(sorted(self._admins | {each.user_id for each in self._desk.people()}))

    def staff(self) -> tuple[int, ...]:
        """Return owners and operators: whoever is told what concerns the whole."""
        return tuple(each for each in self.everybody() if self.role(each) is not Role.FOLLOWER)

    def audience(self, notice: Notice) -> tuple[int, ...]:
        """Return who is told a notice."""
        return tuple(each for each in self.everybody() if self.hears(each, notice))

    def hears(self, user_id: int, notice: Notice) -> bool:
        """Return whether somebody is told a notice: a follower of what is about his account only."""
        match self.role(user_id):
            case Role.OWNER:
                return True
            case Role.OPERATOR:
                return notice.topic != PEOPLE_TOPIC
            case Role.FOLLOWER:
                account = self.account(user_id)
                return account is not None and self._is_about(notice, account)
            case None:
                return False

    def missed(self, user_id: int, notice: Notice) -> bool:
        """Return whether somebody is to be told what was said before a start.

        Nobody is told what was said before he was let in.
        """
        person = self._person(user_id)
        if user_id not in self._admins and person is not None and notice.at < person.paired_at:
            return False
        return self.hears(user_id, notice)

    def menu(
        self, user_id: int, labels: tuple[tuple[str, ...], ...]
    ) -> tuple[tuple[str, ...], ...]:
        """Return the rows of a reply keyboard without the labels that somebody may not use."""
        role = self.role(user_id) or Role.FOLLOWER
        rows = (tuple(label for label in row if _is_for(role, label)) for row in labels)
        return tuple(row for row in rows if row)

    def _is_about(self, notice: Notice, account: AccountName) -> bool:
        if notice.kind is NoticeKind.CARD:
            order_id = notice.master_order_id
            view = self._desk.copy(notice.venue, order_id) if order_id is not None else None
            return view is not None and any(each.follower == account for each in view.children)
        if notice.follower is not None:
            return notice.follower == account
        return notice.topic == f"{_ACCOUNT_TOPIC}{account}"

    def _person(self, user_id: int) -> PersonView | None:
        return next((each for each in self._desk.people() if each.user_id == user_id), None)


def _is_for(role: Role, label: str) -> bool:
    command = find("".join(letter for letter in label.lower() if letter.isalnum()))
    return role is Role.OWNER or (command is not None and may(role, command.name))
