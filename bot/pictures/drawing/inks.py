"""The colours of every picture: one dark, solid ground that neither glares at night nor fades by day."""

from typing import Literal

Dashes = Literal["solid"] | tuple[float, tuple[float, ...]]
#: Colour and dashes of an account's line.
Swatch = tuple[str, Dashes]

GROUND, PANEL, RULE = "#141c26", "#1d2835", "#3a4859"
INK, QUIET = "#f4f7fa", "#b4c0cd"
#: The master is drawn in white: no follower has it.
MASTER = "#ffffff"

#: Told apart by people who see few colours, and each at least 3 : 1 against the ground.
#: Source: Okabe and Ito, Color Universal Design, 2008; their black is left out, their blue lightened.
FOLLOWERS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#4c8fd6")
#: What tells followers apart once the colours are used up.
DASHES: tuple[Dashes, ...] = ("solid", (0, (4, 1.5)), (0, (1, 1)))

GAIN, LOSS, DOUBT = "#2fbf93", "#ff7f3f", "#f0e442"


def of_follower(number: int) -> Swatch:
    """Return colour and dashes of the follower with this number, from 0 on."""
    return FOLLOWERS[number % len(FOLLOWERS)], DASHES[number // len(FOLLOWERS) % len(DASHES)]


def of_amount(amount: float | None) -> str:
    """Return the ink of a signed amount; never the only sign of it, the sign is written too."""
    if not amount:
        return INK
    return GAIN if amount > 0 else LOSS


def blend(low: str, high: str, share: float) -> str:
    """Return the colour that lies ``share`` (0 to 1) of the way between two."""
    pairs = [(int(low[i : i + 2], 16), int(high[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
