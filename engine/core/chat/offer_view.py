"""An offer as people see it: what its message shows now."""

from dataclasses import dataclass

from engine.core.state.state import State
from engine.core.values.market import AccountName
from engine.core.values.offers import Offer, OfferKind, Question, Settlement, adds_risk


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """One button; ``adds_risk`` means that it sends an entry with real money."""

    label: str
    adds_risk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One offer.

    Attributes:
        about: Whom and what it is about, in two or three words.
        choices: Its buttons, in their order.
        outcome: How it ended, one or two plain lines; empty while it is open.
        login: The account that a login settles it for; None where it is about something else.
        shown: (chat, message) where it is shown.
    """

    offer_id: int
    about: str
    choices: tuple[ChoiceView, ...]
    outcome: str
    login: AccountName | None
    shown: tuple[tuple[int, int], ...]


def offer_view(state: State, offer_id: int) -> OfferView | None:
    """Return an offer, or None where it is not known (any more)."""
    offer = state.offers.get(offer_id)
    return _view(offer) if offer is not None else None


def offer_of_token(state: State, token: str) -> OfferView | None:
    """Return the offer whose buttons carry data of this digest, or None."""
    offer_id = state.offer_tokens.get(token)
    return offer_view(state, offer_id) if offer_id is not None else None


def open_questions(state: State) -> int:
    """Return how many questions wait for a press; a login is asked for elsewhere."""
    return sum(offer.question.kind is not OfferKind.LOGIN for offer in state.open_offers.values())


def _view(offer: Offer) -> OfferView:
    question = offer.question
    return OfferView(
        offer_id=offer.offer_id,
        about=_about(question),
        choices=tuple(
            ChoiceView(label=choice.label, adds_risk=adds_risk(question, choice))
            for choice in question.choices
        ),
        outcome=_outcome(offer.settled) if offer.settled is not None else "",
        login=question.account if question.kind is OfferKind.LOGIN else None,
        shown=tuple(offer.shown.items()),
    )


def _about(question: Question) -> str:
    if question.kind is OfferKind.SETTINGS:
        return "of the settings"
    return f"{question.key.follower} {question.key.symbol}" if question.key else ""


def _outcome(settled: Settlement) -> str:
    at = f"{settled.at:%H:%M:%S}"
    if not settled.label:
        return f"{at} {settled.text}"
    return f"{at} {settled.by}: {settled.label}\n{settled.text}"
