"""The scenarios: which scenes make a show."""

from collections.abc import Mapping

from demo.show import scenes
from demo.show.director import Scene
from demo.show.opening import LOOKING, OPENING, STOPPING

_TRADING: Mapping[str, tuple[Scene, ...]] = {
    "day": (
        scenes.MARKET,
        scenes.LIMIT,
        scenes.CANCELLED,
        scenes.PARTIAL,
        scenes.LOTS,
        scenes.REFUSED,
        scenes.HALF_OUT,
        scenes.OUT_AT_A_LIMIT,
        LOOKING,
        STOPPING,
        scenes.AFTER_STOP,
        scenes.ALL_OUT,
    ),
    "refusal": (scenes.MARKET, scenes.REFUSED, scenes.HALF_OUT, LOOKING, scenes.ALL_OUT),
    "exits": (
        scenes.MARKET,
        scenes.LIMIT,
        scenes.TURN_ROUND,
        scenes.HALF_OUT,
        scenes.OUT_AT_A_LIMIT,
        STOPPING,
        scenes.ALL_OUT,
    ),
    "storm": (scenes.STORM, LOOKING, scenes.RUSH_OUT),
}

#: The names that ``--scenario`` takes; the first is the default.
SCENARIOS = tuple(_TRADING)


def scenes_of(scenario: str) -> tuple[Scene, ...]:
    """Return the scenes of a scenario, the opening first.

    Raises:
        KeyError: There is no such scenario.
    """
    return (*OPENING, *_TRADING[scenario])


def beats_of_trading(scenario: str) -> float:
    """Return how long a scenario's trading takes at the normal pace, seconds."""
    return sum(scene.beats for scene in _TRADING[scenario])
