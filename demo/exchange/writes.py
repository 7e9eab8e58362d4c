"""The writes: place, modify and cancel, with their faults and their record in the ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from demo.exchange.accounts import Account
from demo.exchange.agenda import Agenda
from demo.exchange.answers import damage
from demo.exchange.autoslice import place_slices
from demo.exchange.desk import Desk
from demo.exchange.fault_plan import FaultPlan
from demo.exchange.faults import OPERATION_OF, Booking, Call, WriteFault
from demo.exchange.instruments import Instruments
from demo.exchange.ledger import Act, Ledger, Origin, WriteRecord
from demo.exchange.limits import RequestLimits
from demo.exchange.link import PROMPT
from demo.exchange.tickets import Ticket, read_change, read_ticket
from demo.exchange.wire import Clock, Fields, KiteError, Reply, Row, failure, one, success

METHODS = {Act.PLACE: "POST", Act.MODIFY: "PUT", Act.CANCEL: "DELETE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """One write as it arrived; `order_id` is empty for a placement."""

    act: Act
    path: str
    variety: str
    order_id: str
    fields: Fields
    source_ip: str = ""
    origin: Origin = Origin.API

    @property
    def tag(self) -> str | None:
        """The tag of a placement."""
        return one(self.fields, "tag") or None


@dataclass(slots=True, kw_only=True)
class Writes:
    """Lets a write in, meets it with its fault, and records what became of it."""

    now: Clock
    desk: Desk
    instruments: Instruments
    limits: RequestLimits
    ledger: Ledger
    agenda: Agenda
    faults: FaultPlan

    def answer(
        self, request: WriteRequest, *, claimed: Account | None, admit: Callable[[], Account]
    ) -> Reply:
        """Return the reply to an API write.

        Args:
            request: What is asked.
            claimed: The account of the api_key that was sent, for the record.
            admit: Checks header and token; returns the account or raises.
        """
        number = self._record(request, claimed)
        try:
            account = admit()
            self.limits.charge_order(account.user_id, placing=request.act is Act.PLACE)
            account.check_ip(request.source_ip)
        except KiteError as error:
            return self._settle(number, failure(error), error, None)
        call = Call(
            user_id=account.user_id,
            operation=OPERATION_OF[request.act],
            tag=self._tag_of(request),
            at=self.now(),
        )
        fault = self.faults.take(WriteFault, call)
        order_id = request.order_id or self.desk.ids.next()
        try:
            done = self._perform(number, account, request, order_id, fault)
        except KiteError as error:
            return self._settle(number, failure(error), error, fault)
        return self._settle(number, success(done), None, fault)

    def from_app(self, account: Account, request: WriteRequest) -> str:
        """Do what a person does in the Kite app: no IP check, no faults, no limits of its own.

        Raises:
            KiteError: Refused, be it because the API has used up the account's minute or day.
        """
        number = self._record(request, account)
        order_id = request.order_id or self.desk.ids.next()
        try:
            self.limits.check_app(account.user_id)
            self._book(number, account, request, order_id)
        except KiteError as error:
            self._settle(number, failure(error), error, None)
            raise
        self._settle(number, success({"order_id": order_id}), None, None)
        return order_id

    def _perform(
        self,
        number: int,
        account: Account,
        request: WriteRequest,
        order_id: str,
        fault: WriteFault | None,
    ) -> Row:
        done: Row = {"order_id": order_id}
        if fault and fault.fills_first and request.act is not Act.PLACE:
            self.desk.fill_whole(account, order_id)
            return done
        booking = fault.booking if fault else Booking.NOW
        if booking is Booking.NOW:
            return done | self._book(number, account, request, order_id, fault)
        if fault and booking is Booking.LATER:
            due = self.now() + timedelta(seconds=fault.seconds)
            self.agenda.at(due, lambda: self._book_late(number, account, request, order_id))
        return done

    def _book_late(
        self, number: int, account: Account, request: WriteRequest, order_id: str
    ) -> None:
        try:
            self._book(number, account, request, order_id)
        except KiteError:
            return  # refused after all; there is nobody left to tell

    def _book(
        self,
        number: int,
        account: Account,
        request: WriteRequest,
        order_id: str,
        fault: WriteFault | None = None,
    ) -> Row:
        """Do it; return what the answer says besides the order's id."""
        more: Row = {}
        by_api, link = request.origin is Origin.API, fault.link if fault else PROMPT
        if request.act is Act.PLACE:
            ticket = read_ticket(request.variety, request.fields, self.instruments)

            def place(ticket: Ticket, order_id: str) -> str:
                return self.desk.place(
                    account, ticket, order_id=order_id, by_api=by_api, link=link
                ).order_id

            if ticket.autoslice:
                children = place_slices(
                    ticket,
                    order_id,
                    place=lambda child: place(child, self.desk.ids.next()),
                    fault=fault,
                )
                more = {"children": children}
                if not any("order_id" in child for child in children):
                    return more
            else:
                place(ticket, order_id)
            self.ledger.book(number, order_id)
            return more

        def on_effect() -> None:
            self.ledger.book(number, order_id)

        if request.act is Act.MODIFY:
            change = read_change(request.fields)
            self.desk.modify(
                account, order_id, change, by_api=by_api, link=link, on_effect=on_effect
            )
        else:
            self.desk.cancel(account, order_id, link=link, on_effect=on_effect)
        return more

    def _tag_of(self, request: WriteRequest) -> str | None:
        """Return the tag of the order that is placed, changed or cancelled."""
        order = self.desk.orders.get(request.order_id)
        return order.tag if order else request.tag

    def _record(self, request: WriteRequest, account: Account | None) -> int:
        number = self.ledger.next_number
        self.ledger.add(
            WriteRecord(
                number=number,
                at=self.now(),
                user_id=account.user_id if account else None,
                act=request.act,
                origin=request.origin,
                method=METHODS[request.act],
                path=request.path,
                fields={name: one(request.fields, name) or "" for name in request.fields},
                tag=request.tag,
                source_ip=request.source_ip,
                order_id=request.order_id or None,
            )
        )
        return number

    def _settle(
        self, number: int, reply: Reply, error: KiteError | None, fault: WriteFault | None
    ) -> Reply:
        final = damage(reply, fault)
        self.ledger.settle(
            number,
            status=final.status,
            error_type=error.error_type if error else None,
            message=error.message if error else None,
            fault=fault.words if fault else None,
        )
        return final
