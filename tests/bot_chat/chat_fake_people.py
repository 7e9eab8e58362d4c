"""The half of the fake desk that knows people, their codes and their logins."""

from datetime import datetime

from msgspec.structs import replace

from engine.core.values.control import (
    InvitePerson,
    PairPerson,
    RevokePerson,
)
from engine.core.values.logins import PendingLogin
from engine.core.values.market import (
    IST,
)
from engine.core.values.people import PersonView
from engine.core.values.views import SessionState, StatusView
from tests.bot_chat.chat_views import (
    a_person,
)


class FakePeople:
    """Who is paired and invited, which codes were taken, and who logged in."""

    view: StatusView

    def __init__(self) -> None:
        self.logins: list[tuple[str, str]] = []
        self.login_states: list[tuple[str, str]] = []
        self.pending: dict[str, PendingLogin] = {}
        self.login_error: Exception | None = None
        self.login_base = "https://kite.zerodha.com/connect/login"
        self.last_step: int | None = None
        self.wrong_codes = 0
        self.codes: dict[int, datetime] = {}
        self.guesses: list[int] = []
        self.guesses_kept: dict[int, int] = {}
        self.strangers_named: list[tuple[int, str]] = []
        self.paired: tuple[PersonView, ...] = ()
        self.invited: dict[str, InvitePerson] = {}

    def _note_people(self, request, by) -> None:
        step = getattr(request, "totp_step", None)
        if step is not None:
            self.last_step = step
            self.codes[by.user_id] = datetime.fromtimestamp(step * 30, tz=IST)
        match request:
            case InvitePerson():
                self.invited[request.digest] = request
            case PairPerson():
                made = self.invited.pop(request.digest)
                self.paired = (*self.paired, a_person(by.user_id, made.role, made.follower))
            case RevokePerson():
                left = (each for each in self.paired if each.user_id != request.user_id)
                self.paired = tuple(left)

    def people(self):
        return self.paired

    def pairing_guesses(self, user_id):
        return self.guesses_kept.get(user_id, 0)

    def pairing_failed(self, user_id):
        self.guesses.append(user_id)

    def invites(self, digest):
        return digest in self.invited

    def name_stranger(self, user_id, name):
        self.strangers_named.append((user_id, name))

    def code_accepted_at(self, user_id):
        return self.codes.get(user_id)

    def login_url(self, account, state):
        self.login_states.append((account, state))
        return f"{self.login_base}?v=3&api_key=key&redirect_params=state%3D{state}"

    async def login(self, account, request_token, *, by, update_id=None):
        if self.login_error is not None:
            raise self.login_error
        self.pending.pop(account, None)
        self.logins.append((account, request_token.reveal()))
        accounts = tuple(
            replace(a, session=SessionState.OK) if a.name == account else a
            for a in self.view.accounts
        )
        self.view = replace(self.view, accounts=accounts)
        return f"{account}: logged in as A TRADER, good till 06:00."

    def pending_logins(self):
        return tuple(self.pending.values())

    def totp_last_step(self):
        return self.last_step

    def totp_locked(self):
        return self.wrong_codes >= 5
