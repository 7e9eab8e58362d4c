"""The scenes before the trading: start the program, log in, arm, begin to copy."""

from demo.show.director import Director, OpeningScene


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


OPENING = (
    OpeningScene(
        "Starting the program",
        "The real program starts, against a local exchange and a local chat: no keys, no network.",
        1,
        _start,
    ),
    OpeningScene(
        "Logging in",
        "Once a day: tap the button, log in at the broker, paste the address back.",
        4,
        _log_in,
    ),
    OpeningScene(
        "Going LIVE",
        "Real orders need a code from the authenticator. Until then every copy is on paper.",
        3,
        _go_live,
    ),
    OpeningScene(
        "Starting to copy",
        "A checklist first, then one tap. From here on the master's orders are copied.",
        3,
        _start_copying,
    ),
)
