"""The scenes before and after the trading: log in, arm, begin to copy, look, stop."""

from demo.show.director import Director, Scene


async def _start(director: Director) -> None:
    await director.stage.start_program()
    await director.beat(1)


async def _log_in(director: Director) -> None:
    for name in ("master", *director.stage.names):
        await director.stage.log_in(name)
        await director.beat(1)


async def _go_live(director: Director) -> None:
    trader = director.stage.trader
    trader.send("/live")
    await trader.expect("6-digit code")
    await director.beat(2)
    trader.send(director.stage.totp.now())
    await trader.expect("Mode is LIVE")
    await director.beat(1)


async def _start_copying(director: Director) -> None:
    trader = director.stage.trader
    trader.send("/start_copy")
    question = await trader.expect(lambda message: any(_confirms(message.keyboard)))
    await director.beat(2)
    trader.tap(question, "Confirm start")
    await trader.expect("Copying started")
    await director.beat(1)


def _confirms(keyboard: tuple[tuple[object, ...], ...]) -> list[bool]:
    return [
        str(getattr(each, "text", "")).startswith("Confirm") for row in keyboard for each in row
    ]


async def _look(director: Director) -> None:
    trader = director.stage.trader
    trader.send("/positions")
    await trader.expect("positions")
    await director.beat(2.5)
    trader.send("/status")
    await trader.expect("copying")
    await director.beat(2.5)


async def _stop(director: Director) -> None:
    director.stage.trader.send("/stop")
    await director.stage.trader.expect("still follow")
    director.entries_stopped()
    await director.beat(3)


OPENING = (
    Scene(
        "Starting the program",
        "The real program starts, against a local exchange and a local chat: no keys, no network.",
        1,
        _start,
    ),
    Scene(
        "Logging in",
        "Once a day: tap the button, log in at the broker, paste the address back.",
        4,
        _log_in,
    ),
    Scene(
        "Going LIVE",
        "Real orders need a code from the authenticator. Until then every copy is on paper.",
        3,
        _go_live,
    ),
    Scene(
        "Starting to copy",
        "A checklist first, then one tap. From here on the master's orders are copied.",
        3,
        _start_copying,
    ),
)

LOOKING = Scene(
    "A look from the phone",
    "Every account on one screen: what is held, and how fast the copies were.",
    5,
    _look,
)

STOPPING = Scene(
    "/stop",
    "One word stops new entries at once. What is held stays under control: exits still follow.",
    3,
    _stop,
)
