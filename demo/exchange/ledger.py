"""The oracle: what truly reached the exchange, whatever anybody was told about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique


@unique
class Act(StrEnum):
    """What a write request wants."""

    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"


@unique
class Origin(StrEnum):
    """Where a write came from."""

    API = "api"
    APP = "app"  #: a person in the Kite app or on Kite web


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRecord:
    """One write request that arrived.

    Attributes:
        number: 1, 2, 3 … in order of arrival.
        at: When it arrived.
        user_id: Whose api_key it carried; None where nobody's.
        act: What it wanted.
        origin: API or app.
        method: HTTP method.
        path: URL path.
        fields: The form as sent, last value of each field.
        tag: As sent.
        source_ip: Where it came from.
        status: HTTP status of the answer that was meant to be given.
        error_type: Kite's class of a refusal.
        message: Kite's words of a refusal.
        booked: True once it took effect: placed (a row exists, also a REJECTED one), or the
            exchange has modified or cancelled the order.
        order_id: The order it made or meant.
        fault: The fault that met it, in words.
    """

    number: int
    at: datetime
    user_id: str | None
    act: Act
    origin: Origin
    method: str
    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    tag: str | None = None
    source_ip: str = ""
    status: int | None = None
    error_type: str | None = None
    message: str | None = None
    booked: bool = False
    order_id: str | None = None
    fault: str | None = None


class Ledger:
    """Every write request, in order of arrival."""

    def __init__(self) -> None:
        self._records: list[WriteRecord] = []

    @property
    def next_number(self) -> int:
        """The number the next record will have."""
        return len(self._records) + 1

    def add(self, record: WriteRecord) -> None:
        """Keep a new record."""
        self._records.append(record)

    def settle(
        self,
        number: int,
        *,
        status: int,
        error_type: str | None = None,
        message: str | None = None,
        fault: str | None = None,
    ) -> None:
        """Note how a request was answered."""
        self._records[number - 1] = replace(
            self._records[number - 1],
            status=status,
            error_type=error_type,
            message=message,
            fault=fault,
        )

    def book(self, number: int, order_id: str) -> None:
        """Note that a request took effect, be it now or seconds after its answer."""
        self._records[number - 1] = replace(
            self._records[number - 1], booked=True, order_id=order_id
        )

    def order_writes(
        self, user_id: str | None = None, *, origin: Origin | None = Origin.API
    ) -> tuple[WriteRecord, ...]:
        """Return the write requests of one account or of all.

        Args:
            user_id: None for all.
            origin: API by default; None for all.
        """
        return tuple(
            record
            for record in self._records
            if user_id in {None, record.user_id} and origin in {None, record.origin}
        )

    def placed(self, user_id: str | None = None) -> tuple[WriteRecord, ...]:
        """Return the API placements that are in the book."""
        return tuple(
            record
            for record in self.order_writes(user_id)
            if record.act is Act.PLACE and record.booked
        )

    def by_tag(self, tag: str, user_id: str | None = None) -> tuple[WriteRecord, ...]:
        """Return every placement request that carried `tag`, booked or not."""
        return tuple(record for record in self.order_writes(user_id) if record.tag == tag)
