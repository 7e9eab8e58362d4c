"""The API's gate: from a request to the desk that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime
from urllib.parse import parse_qs

from demo.exchange.accounts import Account, Accounts
from demo.exchange.answers import damage
from demo.exchange.fault_plan import FaultPlan
from demo.exchange.faults import Call, Operation, ReadFault
from demo.exchange.ledger import Act
from demo.exchange.limits import RequestLimits
from demo.exchange.reads import Reads
from demo.exchange.routes import WRITES, Route, route
from demo.exchange.services import Services
from demo.exchange.sessions import Sessions
from demo.exchange.wire import Clock, Fields, KiteError, Reply, bad_input, failure, one, success
from demo.exchange.writes import WriteRequest, Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One REST request; header names are in lower case."""

    route: Route
    path: str
    fields: Fields
    headers: Mapping[str, str]
    source_ip: str


@dataclass(slots=True, kw_only=True)
class Gate:
    """Checks who asks, counts, and passes on."""

    now: Clock
    accounts: Accounts
    sessions: Sessions
    limits: RequestLimits
    faults: FaultPlan
    reads: Reads
    writes: Writes
    services: Services

    def answer(
        self,
        method: str,
        path: str,
        *,
        fields: Fields,
        headers: Mapping[str, str],
        source_ip: str,
    ) -> Reply:
        """Return the reply of one REST request; a refusal is a reply, never an exception."""
        plain, _, query = path.partition("?")
        asked: dict[str, str | list[str]] = dict(parse_qs(query, keep_blank_values=True))
        try:
            request = Request(
                route=route(method, plain),
                path=plain,
                fields=asked | dict(fields),
                headers={name.lower(): value for name, value in headers.items()},
                source_ip=source_ip,
            )
            reply = self._answer(request)
        except KiteError as error:
            reply = failure(error)
        # The exchange's own clock, not the machine's: a client may measure its skew by it.
        date = format_datetime(self.now().astimezone(UTC), usegmt=True)
        return replace(reply, headers=dict(reply.headers) | {"Date": date})

    def _answer(self, request: Request) -> Reply:
        operation = request.route.operation
        if operation in WRITES:
            return self._write(request)
        if operation is Operation.INSTRUMENTS:
            gzipped = "gzip" in request.headers.get("accept-encoding", "")
            return self.reads.instruments(request.route, gzipped=gzipped)
        if operation in {Operation.LOGIN, Operation.LOGOUT}:
            call = Call(user_id=None, operation=operation, tag=None, at=self.now())
            return damage(self._session(request), self.faults.take(ReadFault, call))
        account = self._admit(request)
        self.limits.charge_read(account.api_key, operation)
        if self.services.takes(operation):
            return self.services.answer(account, request.route, request.fields)
        return self.reads.answer(account, request.route, request.fields)

    def _write(self, request: Request) -> Reply:
        args = request.route.args
        write = WriteRequest(
            act=Act(request.route.operation.value),
            path=request.path,
            variety=args["variety"],
            order_id=args.get("order_id", ""),
            fields=request.fields,
            source_ip=request.source_ip,
        )
        _, _, credentials = request.headers.get("authorization", "").partition(" ")
        claimed = self.accounts.find_key(credentials.strip().partition(":")[0])
        return self.writes.answer(write, claimed=claimed, admit=lambda: self._admit(request))

    def _session(self, request: Request) -> Reply:
        api_key = one(request.fields, "api_key")
        if request.route.operation is Operation.LOGOUT:
            self.sessions.logout(api_key or "", one(request.fields, "access_token") or "")
            return success(data=True)
        account = self.accounts.by_key(api_key)
        session = self.sessions.redeem(
            account,
            request_token=one(request.fields, "request_token") or "",
            checksum=one(request.fields, "checksum") or "",
        )
        return success(self.sessions.reply_row(account, session))

    def _admit(self, request: Request) -> Account:
        if request.headers.get("x-kite-version") != "3":
            raise bad_input("Missing or invalid `X-Kite-Version` header.")
        session = self.sessions.from_header(request.headers.get("authorization"))
        return self.accounts.by_user(session.user_id)
