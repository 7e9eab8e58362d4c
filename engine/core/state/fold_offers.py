"""Apply the records of offers: opened, shown with buttons, settled."""

from engine.core.state.state import State
from engine.core.values import records as r
from engine.core.values.offers import Offer

#: Settled offers that are remembered, so that a late press is told what was chosen.
KEPT_OFFERS = 1_000


def opened(state: State, record: r.OfferOpened) -> None:
    """Apply an ``OfferOpened``."""
    offer = Offer(offer_id=record.offer_id, question=record.question, opened_at=record.at)
    state.offers[record.offer_id] = state.open_offers[record.offer_id] = offer


def buttons_made(state: State, record: r.ButtonsMade) -> None:
    """Apply a ``ButtonsMade``."""
    offer = state.offers.get(record.offer_id)
    if offer is not None and record.token not in offer.tokens:
        offer.tokens.append(record.token)
        state.offer_tokens[record.token] = record.offer_id


def settled(state: State, record: r.OfferSettled) -> None:
    """Apply an ``OfferSettled``."""
    offer = state.open_offers.pop(record.offer_id, None)
    if offer is None:
        return
    offer.settled = record.settlement
    if len(state.offers) - len(state.open_offers) > KEPT_OFFERS:
        oldest = next(each for each in state.offers.values() if each.settled is not None)
        del state.offers[oldest.offer_id]
        for token in oldest.tokens:
            state.offer_tokens.pop(token, None)


def noticed(state: State, record: r.NoticeRaised) -> None:
    """Note the words under which an offer is put."""
    offer = state.offers.get(record.notice.notice_id)
    if offer is not None:
        offer.notice = record.notice


def shown(state: State, record: r.NoticeShown) -> None:
    """Note which message carries an offer."""
    offer = state.offers.get(record.notice_id)
    if offer is not None:
        offer.shown[record.chat_id] = record.message_id
