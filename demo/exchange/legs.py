"""Where one order stands among the legs of its iceberg."""

from dataclasses import dataclass, replace

from demo.exchange.wire import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class IcebergLeg:
    """One leg; quantities are Kite units.

    Attributes:
        leg: Which, counted from 1.
        legs: How many were asked for; rounding to lots may need fewer.
        leg_quantity: Of every leg but perhaps the last.
        total_quantity: Of the whole iceberg.
    """

    leg: int
    legs: int
    leg_quantity: int
    total_quantity: int

    @property
    def quantity(self) -> int:
        """Units of this leg."""
        return min(self.leg_quantity, self.total_quantity - (self.leg - 1) * self.leg_quantity)

    @property
    def remaining_quantity(self) -> int:
        """Units of the legs that come after this one."""
        return max(0, self.total_quantity - self.leg * self.leg_quantity)

    def following(self) -> "IcebergLeg | None":
        """Return the next leg, if there is one."""
        return replace(self, leg=self.leg + 1) if self.remaining_quantity else None

    def row(self) -> Row:
        """Return ``meta.iceberg``. Source: Kite Connect docs, orders."""
        return {
            "leg": self.leg,
            "legs": self.legs,
            "leg_quantity": self.leg_quantity,
            "total_quantity": self.total_quantity,
            "remaining_quantity": self.remaining_quantity,
        }
