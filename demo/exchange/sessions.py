"""Login and tokens, with every known way for a token to die."""

import hashlib
import hmac
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from demo.exchange.accounts import Account
from demo.exchange.rules import ExchangeRules
from demo.exchange.wire import IST, Clock, KiteError, Row, bad_input, stamp

#: A request token lives "a few minutes". Source: Kite Connect docs, login flow.
REQUEST_TOKEN_LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An access token and until when it is good."""

    user_id: str
    api_key: str
    access_token: str
    login_at: datetime
    dies_at: datetime


def token_is_dead() -> KiteError:
    """Return Kite's answer to a dead or wrong access token."""
    return KiteError(403, "TokenException", "Incorrect `api_key` or `access_token`.")


class Sessions:
    """Request tokens (single use) and access tokens (until the morning flush)."""

    def __init__(self, *, now: Clock, rng: random.Random, rules: ExchangeRules) -> None:
        self._now = now
        self._rng = rng
        self._rules = rules
        self._requests: dict[str, tuple[str, datetime]] = {}
        self._sessions: dict[str, Session] = {}

    def issue_request_token(self, account: Account) -> str:
        """Return what the login page hands to the redirect: good once, for five minutes."""
        token = self._token()
        self._requests[token] = (account.api_key, self._now() + REQUEST_TOKEN_LIFE)
        return token

    def redeem(self, account: Account, *, request_token: str, checksum: str) -> Session:
        """Exchange a request token for a session.

        Args:
            account: The account of the api_key that was sent.
            request_token: From the redirect.
            checksum: SHA-256 hex of api_key + request_token + api_secret.

        Raises:
            KiteError: 403 ``TokenException``: used, late, another app's, or a wrong checksum.

        Source: Kite Connect docs, login flow.
        """
        api_key, good_until = self._requests.pop(request_token, ("", self._now()))
        wanted = hashlib.sha256(
            (account.api_key + request_token + account.api_secret).encode()
        ).hexdigest()
        stale = api_key != account.api_key or self._now() >= good_until
        if stale or not hmac.compare_digest(wanted.encode(), checksum.encode()):
            raise KiteError(403, "TokenException", "Token is invalid or has expired.")
        return self.open(account)

    def open(self, account: Account) -> Session:
        """Start a session without the login page, as a test or the demo may."""
        if self._rules.second_session_kills:
            self.kill(account.user_id)
        login_at = self._now()
        session = Session(
            user_id=account.user_id,
            api_key=account.api_key,
            access_token=self._token(),
            login_at=login_at,
            dies_at=self._next_flush(login_at),
        )
        self._sessions[session.access_token] = session
        return session

    def check(self, api_key: str, access_token: str) -> Session:
        """Return the live session of a key and token.

        Raises:
            KiteError: 403 ``TokenException``.
        """
        session = self._sessions.get(access_token)
        if session is None or session.api_key != api_key or self._now() >= session.dies_at:
            raise token_is_dead()
        return session

    def from_header(self, authorization: str | None) -> Session:
        """Return the live session named by ``Authorization: token api_key:access_token``.

        Raises:
            KiteError: 400 ``InputException`` where it is missing or malformed, 403
                ``TokenException`` where it is dead.
        """
        scheme, _, credentials = (authorization or "").partition(" ")
        api_key, _, access_token = credentials.strip().partition(":")
        if scheme.lower() != "token" or not api_key or not access_token:
            raise bad_input("Invalid `api_key` or `access_token`.")
        return self.check(api_key, access_token)

    def logout(self, api_key: str, access_token: str) -> None:
        """End one session (``DELETE /session/token``).

        Raises:
            KiteError: 403 ``TokenException`` where it is not alive.
        """
        self.check(api_key, access_token)
        del self._sessions[access_token]

    def kill(self, user_id: str) -> None:
        """End all sessions of a user, as the master logout of Kite web does."""
        self._sessions = {
            token: session
            for token, session in self._sessions.items()
            if session.user_id != user_id
        }

    def flush(self) -> None:
        """End every session, as the morning flush does."""
        now = self._now()
        self._sessions = {
            token: replace(session, dies_at=now) for token, session in self._sessions.items()
        }

    def reply_row(self, account: Account, session: Session) -> Row:
        """Return the data of ``POST /session/token``; there is no expiry field on the wire."""
        return account.profile() | {
            "user_id": account.logs_in_as or account.user_id,
            "api_key": session.api_key,
            "access_token": session.access_token,
            "public_token": self._token(),
            "refresh_token": "",
            "enctoken": self._token(),
            "login_time": stamp(session.login_at),
            "silo": "",
        }

    def _token(self) -> str:
        alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        return "".join(self._rng.choice(alphabet) for _ in range(32))

    def _next_flush(self, after: datetime) -> datetime:
        local = after.astimezone(IST)
        flush = datetime.combine(local.date(), self._rules.token_flush, tzinfo=IST)
        return flush if flush > local else flush + timedelta(days=1)
