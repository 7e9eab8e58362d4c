"""The paper venue: the port of the live one, filled from the real feed. Nothing leaves."""

from engine.brokers.paper.floor import PaperMarket
from engine.brokers.paper.venue import PaperVenue

__all__ = ["PaperMarket", "PaperVenue"]
