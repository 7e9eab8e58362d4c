"""A follower's session dies in the middle of the day: entries are left out, exits wait for him."""

import random

from demo.days.day import Day, Family, Scene
from demo.days.listed import Listed
from demo.days.scenes import BUY, LOOKING, SELL, all_out, market_order
from demo.days.steps import Beat, Happen, LogIn, Order, Settle, UntilTold
from demo.exchange.happenings import SessionsEnd

_FAMILY = Family()
_WHO = _FAMILY.names[1]


def token_dies(listed: Listed, rng: random.Random) -> Day:
    """Return the day of the dead session."""
    reliance, infy = listed.share("RELIANCE"), listed.share("INFY")
    held = 20 * rng.randint(3, 6)
    return Day(
        name="token-dies",
        title="a follower's session dies: entries skipped, the exit named to a person, login, exit",
        family=_FAMILY,
        scenes=(
            market_order(reliance, held),
            Scene(
                title="A session ends",
                caption="Somebody logged her out. The next order finds it; the chat asks for a login.",
                steps=(
                    Happen(SessionsEnd(user_id=_FAMILY.client_id(_WHO)), f"{_WHO}'s session ends"),
                    Beat(2),
                    Order(
                        label="finds out", side=BUY, instrument=infy.key,
                        quantity=2 * rng.randint(10, 30), left_out=(_WHO,),
                    ),
                    UntilTold((_WHO, "session has ended")),
                    Settle(4),
                ),
            ),
            Scene(
                title="Bought without her",
                caption="No session, no entry: left out with a reason. The others are not held up.",
                steps=(
                    Order(
                        label="without her", side=BUY, instrument=listed.share("SBIN").key,
                        quantity=10 * rng.randint(4, 9), left_out=(_WHO,),
                    ),
                    Settle(5),
                ),
            ),
            Scene(
                title="Her exit cannot leave",
                caption="An exit is never dropped: a person is told what to do, and it waits.",
                steps=(
                    Order(label="half out", side=SELL, instrument=reliance.key, quantity=held // 2),
                    UntilTold((_WHO, "cannot be sent")),
                    Beat(7),
                ),
            ),
            Scene(
                title="She logs in again",
                caption="The exit that waited leaves at once; what she was left out of stays left out.",
                steps=(LogIn(_WHO), Settle(7)),
            ),
            Scene(
                title="All three again",
                caption="The next entry is hers too.",
                steps=(
                    Order(
                        label="again", side=BUY, instrument=listed.share("TCS").key,
                        quantity=2 * rng.randint(5, 15),
                    ),
                    Settle(5),
                ),
            ),
            LOOKING,
            all_out(beats=6),
        ),
    )  # fmt: skip
