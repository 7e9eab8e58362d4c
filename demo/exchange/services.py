"""The calls beside orders and reads: GTTs, conversion, calculators, candles.

A `ReadFault` that meets one of their operations damages the answer only: what was asked for is
done, which is how a lost answer looks.
"""

from collections.abc import Callable, Mapping

from demo.exchange.accounts import Account, Plan
from demo.exchange.answers import damage
from demo.exchange.calculators import basket_margins, charge_rows, margin_rows, read_orders
from demo.exchange.candles import candles
from demo.exchange.conversions import convert
from demo.exchange.desk import Desk
from demo.exchange.fault_plan import FaultPlan
from demo.exchange.faults import Call, Operation, ReadFault
from demo.exchange.gtt import Gtts
from demo.exchange.gtt_requests import read_gtt
from demo.exchange.instruments import Instruments
from demo.exchange.routes import Route
from demo.exchange.wire import Fields, KiteError, Reply, bad_input, failure, one, success


class Services:
    """Answers what is neither a write of orders nor a plain read."""

    def __init__(
        self, *, desk: Desk, instruments: Instruments, gtts: Gtts, faults: FaultPlan
    ) -> None:
        """Take what is acted upon."""
        self._desk = desk
        self._instruments = instruments
        self._gtts = gtts
        self._faults = faults
        self._handlers: Mapping[Operation, Callable[[Account, Route, Fields], object]] = {
            Operation.GTT_READ: self._gtt_read,
            Operation.GTT_PLACE: self._gtt_place,
            Operation.GTT_MODIFY: self._gtt_modify,
            Operation.GTT_DELETE: self._gtt_delete,
            Operation.CONVERT: self._convert,
            Operation.AUTHORISE: self._authorise,
            Operation.AUCTIONS: self._auctions,
            Operation.CANDLES: self._candles,
            Operation.ORDER_MARGINS: self._order_margins,
            Operation.BASKET_MARGINS: self._basket_margins,
            Operation.CHARGES: self._charges,
        }

    def takes(self, operation: Operation) -> bool:
        """Return whether such a call is answered here."""
        return operation in self._handlers

    def answer(self, account: Account, route: Route, fields: Fields) -> Reply:
        """Return the reply of a call of an account that is logged in."""
        call = Call(
            user_id=account.user_id, operation=route.operation, tag=None, at=self._desk.now()
        )
        fault = self._faults.take(ReadFault, call)
        try:
            data = self._handlers[route.operation](account, route, fields)
        except KiteError as error:
            return damage(failure(error), fault)
        return damage(success(data), fault)

    def _gtt_read(self, account: Account, route: Route, _: Fields) -> object:
        trigger_id = route.args.get("trigger_id")
        return self._gtts.rows(account) if not trigger_id else self._gtts.row(account, trigger_id)

    def _gtt_place(self, account: Account, _: Route, fields: Fields) -> object:
        wanted = read_gtt(fields, self._instruments)
        return {"trigger_id": self._gtts.place(account, wanted)}

    def _gtt_modify(self, account: Account, route: Route, fields: Fields) -> object:
        wanted = read_gtt(fields, self._instruments)
        return {"trigger_id": self._gtts.modify(account, route.args["trigger_id"], wanted)}

    def _gtt_delete(self, account: Account, route: Route, _: Fields) -> object:
        return {"trigger_id": self._gtts.delete(account, route.args["trigger_id"])}

    def _convert(self, account: Account, _: Route, fields: Fields) -> object:
        convert(self._desk, account, self._instruments, fields)
        return True

    def _authorise(self, _: Account, __: Route, ___: Fields) -> object:
        # Source: Kite forum discussion 8716: refused to ordinary apps.
        raise KiteError(403, "PermissionException", "Insufficient permission for that call.")

    def _auctions(self, _: Account, __: Route, ___: Fields) -> object:
        return []  # this exchange holds none

    def _candles(self, account: Account, route: Route, fields: Fields) -> object:
        if account.plan is Plan.PERSONAL:
            raise KiteError(403, "PermissionException", "Insufficient permission for that call.")
        found = self._instruments.find_token(int(route.args["token"]))
        if found is None:
            raise bad_input("Invalid `instrument_token`.")
        touch, interval = self._desk.market.touch(found), route.args["interval"]
        return {"candles": candles(touch, interval=interval, fields=fields, now=self._desk.now())}

    def _order_margins(self, account: Account, _: Route, fields: Fields) -> object:
        return margin_rows(self._desk, account, read_orders(fields, self._instruments))

    def _basket_margins(self, account: Account, _: Route, fields: Fields) -> object:
        asked = read_orders(fields, self._instruments)
        positions = (one(fields, "consider_positions") or "").lower() == "true"
        return basket_margins(self._desk, account, asked, consider_positions=positions)

    def _charges(self, _: Account, __: Route, fields: Fields) -> object:
        return charge_rows(read_orders(fields, self._instruments))
