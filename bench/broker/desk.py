"""The broker itself: who may come in, what each request is answered, and the rounds."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec

from bench.accounts import Account, Group
from bench.broker.books import FUNDS, Book, failure, success
from bench.broker.requests import Answer, Request, Stream
from bench.broker.rounds import Arrival, Round
from bench.machine import waited_for_processor_ns
from bench.messages import Look, Played, PlayRound, Seen
from bench.order import instrument
from demo.exchange.accounts import Account as LoginAccount
from demo.exchange.instruments import Instruments
from demo.exchange.login import redirect_target
from demo.exchange.matching import Side
from demo.exchange.orders import OrderIds
from demo.exchange.wire import stamp
from engine.clock import Clock

#: Seconds between the last answer of a round and the fills of its orders.
_FILL_S = 0.01

#: What a cancel or a change is told that finds its order filled. Source: Kite forum 9899.
_TOO_LATE = "Order cannot be cancelled as it is being processed. Try later."

#: What a basket needs. Source: Kite Connect v3, margin calculation.
_NO_MARGIN = {"initial": {"total": 0}, "final": {"total": 0}, "orders": []}


class Desk:
    """Answers everybody's requests and plays the rounds."""

    def __init__(self, groups: tuple[Group, ...], *, clock: Clock, today: date) -> None:
        """Open a book for every account.

        Args:
            groups: Everybody who may log in, trade and listen.
            clock: Stamps orders and logins.
            today: Which day's instruments are listed.
        """
        self._clock = clock
        self._groups = {group.client: group for group in groups}
        share = instrument(today)
        self._dump = Instruments([share]).csv()
        self._ids = OrderIds(clock.now)
        accounts = [one for group in groups for one in (group.master, *group.followers)]
        self._by_key = {one.api_key: one for one in accounts}
        self._books = {one.user_id: Book(one, share) for one in accounts}
        self._sessions = {one.authorization: one for one in accounts if one.access_token}
        self._request_tokens: dict[str, Account] = {}
        self._streams: dict[str, Stream] = {}
        self._round: Round | None = None
        self._strays: list[str] = []
        self._other_writes = 0
        self._delay_s = 0.0
        self._reads: dict[str, Callable[[Book], bytes]] = {
            "GET /orders": Book.orders,
            "GET /trades": Book.trades,
            "GET /portfolio/positions": Book.positions,
            "GET /portfolio/holdings": lambda _: success([]),
            "GET /user/profile": lambda book: success(book.profile()),
            "GET /user/margins": lambda _: success(_margins()),
            "GET /quote": lambda _: success({}),
            # Asked once an account before going live, to see whether Kite lets it.
            "POST /margins/basket": lambda _: success(_NO_MARGIN),
        }

    # -- what comes over the wire

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        account = self._sessions.get(request.authorization)
        if account is None:
            return self._answer_stranger(request)
        if request.method == "POST" and request.target == "/orders/regular":
            return self._take_order(account, request)
        path = request.target.partition("?")[0]
        if request.method == "GET" and path == "/instruments":
            return Answer(body=self._dump, content_type="text/csv")
        if request.method in {"PUT", "DELETE"} and path.startswith("/orders/regular/"):
            # By the time it comes the order is filled, as everything is here.
            self._other_writes += 1
            return Answer(status="400 Bad Request", body=failure("OrderException", _TOO_LATE))
        read = self._reads.get(f"{request.method} {path}")
        if read is not None:
            return Answer(body=read(self._books[account.user_id]))
        self._strays.append(f"{account.name}: nobody expected {request.method} {path}")
        return Answer(status="404 Not Found", body=failure("GeneralException", "Route not found"))

    def _answer_stranger(self, request: Request) -> Answer:
        match request.method, request.target.partition("?")[0]:
            case "GET", "/connect/login":
                return self._log_in_page(request)
            case "POST", "/session/token":
                return self._open_session(request)
            case _:
                return _no_session("Incorrect `api_key` or `access_token`.")

    def let_in(self, stream: Stream) -> bool:
        """Take a stream of somebody with a session."""
        query = dict(parse_qsl(urlsplit(stream.target).query))
        account = self._sessions.get(
            f"token {query.get('api_key', '')}:{query.get('access_token', '')}"
        )
        if account is None:
            return False
        user_id = account.user_id
        self._streams[user_id] = stream

        def forget() -> None:
            if self._streams.get(user_id) is stream:
                del self._streams[user_id]

        stream.on_closed(forget)
        return True

    def beat(self) -> None:
        """Send every stream its heartbeat."""
        for stream in tuple(self._streams.values()):
            stream.beat()

    def _take_order(self, account: Account, request: Request) -> Answer:
        order_id = self._ids.next()
        arrival = Arrival(order_id, request)
        if self._round is None or not self._round.take(account.user_id, arrival):
            self._strays.append(f"{account.name}: an order outside of the round: {arrival.fields}")
        return Answer(body=success({"order_id": order_id}), delay_s=self._delay_s)

    def _log_in_page(self, request: Request) -> Answer:
        """Redirect at once, as the login page does after the password."""
        query = parse_qs(urlsplit(request.target).query)
        account = self._by_key[query["api_key"][0]]
        token = secrets.token_hex(16)
        self._request_tokens[token] = account
        shown = LoginAccount(
            user_id=account.user_id,
            name=account.name,
            api_key=account.api_key,
            api_secret=account.api_secret,
        )
        target = redirect_target(shown, token, query.get("redirect_params", [""])[0])
        return Answer(status="302 Found", body=b"", location=target)

    def _open_session(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode()))
        account = self._request_tokens.pop(form.get("request_token", ""), None)
        signed = account and f"{account.api_key}{form['request_token']}{account.api_secret}"
        checksum = hashlib.sha256((signed or "").encode()).hexdigest()
        if account is None or form.get("checksum") != checksum:
            return _no_session("Token is invalid or has expired.")
        token = secrets.token_hex(16)
        self._sessions[f"token {account.api_key}:{token}"] = account
        session = {
            "api_key": account.api_key,
            "access_token": token,
            "login_time": stamp(self._clock.now()),
        }
        return Answer(body=success(self._books[account.user_id].profile() | session))

    # -- what the benchmark asks for

    async def play(self, ask: PlayRound) -> Played:
        """Play one round.

        Args:
            ask: Which.
        """
        group = self._groups[ask.client]
        stream = self._streams.get(group.master.user_id)
        if stream is None:
            missing = (f"{ask.client} has no open stream",)
            return Played(first_us=None, last_us=None, arrived=0, faults=missing)
        self._delay_s = ask.delay_ms / 1000
        self._round = played = Round(group, ask.side)
        frame = self._fill(group.master, ask.side, self._ids.next(), tag=None)
        waited_ns = waited_for_processor_ns(ask.pid)
        played.sent_ns = stream.send_text(frame)
        try:
            async with asyncio.timeout(ask.timeout_s):
                await played.all_came.wait()
        except TimeoutError:
            pass  # judged below, by who is missing
        waited_us = (waited_for_processor_ns(ask.pid) - waited_ns) / 1000
        await asyncio.sleep(self._delay_s + _FILL_S)
        self._fill_followers(group, ask.side, played)
        self._round = None
        judged = played.judged(self._taken_strays())
        return msgspec.structs.replace(judged, waited_us=waited_us)

    def look(self, ask: Look, *, connections: int) -> Seen:
        """Say what a client's accounts have done so far."""
        group = self._groups[ask.client]
        everybody = (group.master, *group.followers)
        books = [self._books[one.user_id] for one in everybody]
        return Seen(
            connections=connections,
            streams=sum(one.user_id in self._streams for one in everybody),
            watched=sum(bool(book.order_reads and book.position_reads) for book in books),
            nets=tuple(book.net for book in books[1:]),
            other_writes=self._other_writes,
            faults=self._taken_strays(),
        )

    def _fill_followers(self, group: Group, side: str, played: Round) -> None:
        for follower in group.followers:
            arrival = played.first_of(follower.user_id)
            if arrival is None:
                continue
            frame = self._fill(follower, side, arrival.order_id, tag=arrival.fields.get("tag"))
            stream = self._streams.get(follower.user_id)
            if stream is not None:
                stream.send_text(frame)

    def _fill(self, account: Account, side: str, order_id: str, *, tag: str | None) -> bytes:
        book = self._books[account.user_id]
        return book.fill(order_id, Side(side), tag=tag, at=self._clock.now())

    def _taken_strays(self) -> tuple[str, ...]:
        strays, self._strays = tuple(self._strays), []
        return strays


def _no_session(message: str) -> Answer:
    return Answer(status="403 Forbidden", body=failure("TokenException", message))


def _margins() -> dict[str, object]:
    """Return the data of ``GET /user/margins``. Source: Kite Connect docs, user."""
    rupees = float(FUNDS)
    segment = {"enabled": True, "net": rupees, "available": {"cash": rupees}, "utilised": {}}
    return {"equity": segment, "commodity": segment}
