"""The daily login of one account, by Kite's own SDK in a worker thread.

Source: Kite Connect docs, user (login flow, token exchange).
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from typing_extensions import override

from engine.brokers.kite.codec_account import read_consent, read_words
from engine.brokers.kite.credentials import Credentials, is_usable_token
from engine.clock import Clock
from engine.core.values.market import IST
from engine.core.values.secrets import Secret
from engine.errors import BrokerUnavailable, LoginRefused
from engine.ports import BrokerSession

#: Seconds for the whole exchange; the SDK's own 7 s bound connecting and each read apart.
_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class _Failed:
    """An exchange that did not work, as words only: the SDK's errors hold the request."""

    final: bool
    text: str


class KiteSessionDesk:
    """Implements :class:`~engine.ports.SessionDesk`."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        api_url: str,
        login_url: str,
        tls: ssl.SSLContext,
        clock: Clock,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            credentials: The account; :meth:`use` replaces its session.
            api_url: Where tokens are exchanged.
            login_url: Kite's login page.
            tls: Verifies the server, extra authorities included.
            clock: Stamps a login whose answer carries no time.
        """
        self._credentials = credentials
        self._api_url = api_url
        self._login_url = login_url
        self._tls = tls
        self._clock = clock

    def login_url(self, state: str) -> str:
        """Return the login page with our ``state`` to come back on the redirect.

        Args:
            state: A nonce that names the login.
        """
        query = urlencode({"v": "3", "api_key": self._credentials.api_key})
        ours = quote(urlencode({"state": state}), safe="")
        return f"{self._login_url}?{query}&redirect_params={ours}"

    async def exchange(self, request_token: Secret) -> BrokerSession:
        """Trade a request token for a session; the caller decides to :meth:`use` it.

        Raises:
            LoginRefused: The token is used, old or wrong, or the browser was logged in as
                another client; ask for a new link.
            BrokerUnavailable: No usable answer; the token may be spent, so ask for a new link too.
        """
        if not is_usable_token(request_token.reveal()):
            raise LoginRefused("that is no request token: paste the whole redirect address")
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                answer = await asyncio.to_thread(self._exchange_blocking, request_token)
        except TimeoutError:
            answer = _Failed(final=False, text="Kite gave no answer in time: log in once more")
        if isinstance(answer, _Failed):
            raise LoginRefused(answer.text) if answer.final else BrokerUnavailable(answer.text)
        return self._session_of(answer)

    def use(self, session: BrokerSession | None) -> None:
        """Make every connection of the account use this session from now on."""
        self._credentials.use(session)

    def _exchange_blocking(self, request_token: Secret) -> Mapping[str, object] | _Failed:
        """Ask Kite. Runs in a worker thread; gives words instead of errors, so that none leaks."""
        # Imported here, in the thread: the package pulls in a Twisted reactor, which costs the
        # loop a third of a second and is needed once a day.
        from kiteconnect import KiteConnect, exceptions  # noqa: PLC0415
        from requests.adapters import HTTPAdapter  # noqa: PLC0415

        tls = self._tls

        class OwnAuthorities(HTTPAdapter):
            """Verifies servers as the rest of the program does."""

            @override
            def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
                super().init_poolmanager(*args, ssl_context=tls, **kwargs)

            @override
            def cert_verify(self, conn: Any, *_args: Any) -> None:
                # Else certifi's authorities are loaded into our context: 40 ms of a processor for every
                # login, and orders would be sent to servers that only they vouch for.
                conn.cert_reqs = "CERT_REQUIRED"

        kite = KiteConnect(self._credentials.api_key, root=self._api_url)
        kite.reqsession.mount("https://", OwnAuthorities())
        # A redirect would carry the token elsewhere; the environment may name a proxy or a netrc.
        kite.reqsession.max_redirects = 0
        kite.reqsession.trust_env = False
        try:
            answer = kite.generate_session(
                request_token.reveal(), self._credentials.api_secret.reveal()
            )
        except exceptions.TokenException:
            return _Failed(
                final=True,
                text="Kite refused the request token: it was used before, is too old, or the"
                " api secret is not this app's. Log in once more; refused again, type the secret"
                " anew: copytrader setup",
            )
        except (exceptions.InputException, exceptions.PermissionException) as error:
            return _Failed(final=True, text=f"Kite refused the login: {self._clean(error)}")
        except exceptions.KiteException as error:
            return _Failed(final=False, text=f"Kite could not log in: {self._clean(error)}")
        # The SDK lets anything through for odd answers: KeyError, AttributeError, ValueError and
        # whatever requests raises; all mean the same and some quote the request.
        except Exception as error:  # noqa: BLE001
            return _Failed(final=False, text=f"no usable answer ({type(error).__name__})")
        finally:
            kite.reqsession.close()
        return answer if isinstance(answer, dict) else _Failed(final=False, text="an odd answer")

    def _clean(self, error: Exception) -> str:
        return self._credentials.redact(str(error), limit=160)

    def _session_of(self, answer: Mapping[str, object]) -> BrokerSession:
        user_id, token = answer.get("user_id"), answer.get("access_token")
        if not isinstance(user_id, str) or not isinstance(token, str) or not is_usable_token(token):
            raise BrokerUnavailable("Kite's answer holds no session: log in once more")
        expected = self._credentials.user_id
        if user_id != expected:
            raise LoginRefused(
                f"logged in as {user_id}, expected {expected}:"
                " log out of Kite in that browser and try again"
            )
        name, at = answer.get("user_name"), answer.get("login_time")
        return BrokerSession(
            user_id=user_id,
            user_name=name if isinstance(name, str) else "",
            access_token=Secret(token),
            login_at=at.replace(tzinfo=IST) if isinstance(at, datetime) else self._clock.now(),
            exchanges=read_words(answer.get("exchanges")),
            demat_consent=read_consent(answer.get("meta")),
        )
