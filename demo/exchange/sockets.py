"""Sockets as data: who is connected, what each is subscribed to, and what it is sent.

The skin gives every real connection one `Socket`; a simulation may open one without a network.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from demo.exchange.accounts import Accounts, Plan
from demo.exchange.agenda import Agenda
from demo.exchange.fault_plan import FaultPlan
from demo.exchange.faults import Call, Operation, SocketFault, SocketTrouble
from demo.exchange.frames import copies, facts_of
from demo.exchange.instruments import Instruments
from demo.exchange.market import Market
from demo.exchange.rules import ExchangeRules
from demo.exchange.sessions import Session, Sessions
from demo.exchange.ticks import HEARTBEAT, Mode, packet, tick_frame
from demo.exchange.wire import Clock, KiteError, Row

#: Takes what a socket is sent: text, binary, or None when the connection breaks off.
Deliver: TypeAlias = Callable[[str | bytes | None], None]


class Socket:
    """One open connection."""

    def __init__(self, session: Session, deliver: Deliver) -> None:
        """Bind a live session to whoever takes the frames."""
        self.session = session
        self.modes: dict[int, Mode] = {}
        self.silent = False
        self.closed = False
        self.idle = True
        self.seen: dict[int, int] = {}
        self._deliver = deliver

    def send(self, frame: str | bytes) -> None:
        """Send a frame, unless the connection is gone or half open."""
        if not self.closed and not self.silent:
            self.idle = False
            self._deliver(frame)

    def close(self) -> None:
        """Break the connection off, without a closing handshake."""
        if not self.closed:
            self.closed = True
            self._deliver(None)


class Sockets:
    """All open connections, and the faults on their way."""

    def __init__(  # noqa: PLR0913 - a socket meets nearly everything
        self,
        *,
        now: Clock,
        rules: ExchangeRules,
        accounts: Accounts,
        sessions: Sessions,
        instruments: Instruments,
        market: Market,
        agenda: Agenda,
        faults: FaultPlan,
    ) -> None:
        """Take what the sockets look at."""
        self._now = now
        self._rules = rules
        self._accounts = accounts
        self._sessions = sessions
        self._instruments = instruments
        self._market = market
        self._agenda = agenda
        self._faults = faults
        self._open: list[Socket] = []
        self._swapped: dict[str, Row] = {}

    def connect(self, api_key: str, access_token: str, deliver: Deliver) -> Socket:
        """Open a connection.

        Args:
            api_key: From the query.
            access_token: From the query.
            deliver: Takes what is sent.

        Raises:
            KiteError: The upgrade is refused: 403 for a bad token or a Personal app, 429 for a
                fourth socket on one api_key. The skin answers with its status.

        Source: Kite forum comments 52532 and 40313.
        """
        account = self._accounts.find_key(api_key)
        user_id = account.user_id if account else None
        fault = self._strike(user_id, Operation.CONNECT)
        if fault and fault.trouble is SocketTrouble.REFUSE:
            raise KiteError(*fault.error)
        session = self._sessions.check(api_key, access_token)
        if self._accounts.by_user(session.user_id).plan is Plan.PERSONAL:
            raise KiteError(403, "PermissionException", "Insufficient permission for that call.")
        if (
            sum(each.session.api_key == api_key for each in self._open)
            >= self._rules.sockets_per_key
        ):
            raise KiteError(429, "NetworkException", "Too many requests")
        socket = Socket(session, deliver)
        self._open.append(socket)
        if fault:
            self._trouble(socket, fault.trouble)
        return socket

    def forget(self, socket: Socket) -> None:
        """Drop a connection that its client closed."""
        socket.closed = True
        if socket in self._open:
            self._open.remove(socket)

    def open_for(self, user_id: str | None = None) -> tuple[Socket, ...]:
        """Return the open connections of a user, or all."""
        return tuple(each for each in self._open if user_id in {None, each.session.user_id})

    def receive(self, socket: Socket, text: str) -> None:
        """Act on a client's message: subscribe, unsubscribe, mode; what is malformed is ignored."""
        try:
            message = json.loads(text)
            action, value = message["a"], message["v"]
            mode, tokens = (Mode(value[0]), value[1]) if action == "mode" else (Mode.QUOTE, value)
            wanted = [token for token in map(int, tokens) if self._instruments.find_token(token)]
        except (ValueError, KeyError, TypeError, IndexError):
            return
        if action == "unsubscribe":
            for token in wanted:
                socket.modes.pop(token, None)
            return
        if len(socket.modes.keys() | set(wanted)) > self._rules.tokens_per_socket:
            socket.send(json.dumps({"type": "error", "data": "Too many instruments subscribed."}))
            return
        socket.modes.update(dict.fromkeys(wanted, mode))
        self._send_ticks(socket, wanted)

    def push(self, user_id: str, frame: Row) -> None:
        """Send an order frame to every socket of a user, as the faults have it."""
        tag, status = facts_of(frame)
        fault = self._strike(user_id, Operation.FRAME, tag=tag, status=status)
        trouble = fault.trouble if fault else None
        earlier = self._swapped.pop(user_id, None)
        if trouble is SocketTrouble.SWAP and earlier is None:
            self._swapped[user_id] = frame
            return
        if fault and trouble is SocketTrouble.DELAY:
            due = self._now() + timedelta(seconds=fault.seconds)
            self._agenda.at(due, lambda: self._send(user_id, frame, trouble))
        else:
            self._send(user_id, frame, trouble)
        if earlier is not None:
            self._send(user_id, earlier)
        for socket in self.open_for(user_id):
            self._trouble(socket, trouble)

    def tick(self) -> None:
        """Send what has changed to whoever subscribed to it."""
        for socket in tuple(self._open):
            self._send_ticks(socket, tuple(socket.modes))

    def beat(self) -> None:
        """Send a heartbeat to every socket that had nothing else since the last one."""
        for socket in tuple(self._open):
            fault = self._strike(socket.session.user_id, Operation.BEAT)
            if fault:
                self._trouble(socket, fault.trouble)
            self._orphan(socket)
            if socket.idle:
                socket.send(HEARTBEAT)
            socket.idle = True

    def break_off(self, socket: Socket) -> None:
        """Close a connection from the exchange's side."""
        self.forget(socket)
        socket.closed = False
        socket.close()

    def _send(self, user_id: str, frame: Row, trouble: SocketTrouble | None = None) -> None:
        listening = self.open_for(user_id)
        texts = copies(frame, trouble) if listening else ()
        for socket in listening:
            for text in texts:
                socket.send(text)

    def _send_ticks(self, socket: Socket, tokens: tuple[int, ...] | list[int]) -> None:
        packets: list[bytes] = []
        for token in tokens:
            row = self._instruments.find_token(token)
            if row is None:
                continue
            touch, mode = self._market.touch(row), socket.modes[token]
            # The mode is part of the news: after a change of mode a full packet is due.
            news = touch.changes * 3 + list(Mode).index(mode)
            if socket.seen.get(token) != news:
                socket.seen[token] = news
                packets.append(packet(touch, mode, self._now()))
        if packets:
            socket.send(tick_frame(packets))

    def _trouble(self, socket: Socket, trouble: SocketTrouble | None) -> None:
        if trouble is SocketTrouble.CLOSE:
            self.break_off(socket)
        elif trouble is SocketTrouble.SILENT:
            socket.silent = True

    def _orphan(self, socket: Socket) -> None:
        """Treat a socket whose token is dead as the rules have it."""
        rules = self._rules
        leaves = rules.close_sockets_with_token or rules.silence_sockets_with_token
        if not leaves or self._is_alive(socket):
            return
        if rules.close_sockets_with_token:
            self.break_off(socket)
        else:
            socket.silent = True

    def _is_alive(self, socket: Socket) -> bool:
        try:
            self._sessions.check(socket.session.api_key, socket.session.access_token)
        except KiteError:
            return False
        return True

    def _strike(
        self,
        user_id: str | None,
        operation: Operation,
        *,
        tag: str | None = None,
        status: str | None = None,
    ) -> SocketFault | None:
        call = Call(user_id=user_id, operation=operation, tag=tag, at=self._now())
        return self._faults.take(SocketFault, call, status=status)
