"""What other processes may ask of a running instance, over the control socket."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from bot.chat.totp import SIX_DIGITS, CodeState, check_code
from bot.control_socket import Handler
from bot.settings.settings import SecuritySettings
from engine.clock import Clock
from engine.control import ControlDesk
from engine.core.values.control import (
    AdoptStrangers,
    InvitePerson,
    Reply,
    Requester,
    SetKill,
    TotpFailed,
    UnlockTotp,
)
from engine.core.values.market import AccountName, OrderId
from engine.core.values.people import Role
from engine.core.values.secrets import Secret
from engine.errors import CopyTraderError

#: The local command line: whoever can reach the 0600 socket owns the account it runs under.
LOCAL = Requester(user_id=0, name="command line")

#: Said alike with and without an instance.
SWITCH_STAYS, NOTHING_ADOPTED = "the switch stays set", "nothing was adopted"
NOBODY_INVITED = "no pairing code was made"
LOCKED = "locked after five wrong codes - run: copytrader unlock"
NOT_SET_UP = "a code is required but SECURITY__TOTP_SECRET is not set - set it in the env file"


def wrong_code(otherwise: str) -> str:
    """Return the complaint about a wrong code; ``otherwise`` is what stays as it is."""
    return f"wrong code; {otherwise} - try the next code"


def used_code(otherwise: str) -> str:
    """Return the complaint about a code that was used before."""
    return f"that code was used already; {otherwise} - wait for the next one"


def verbs(  # noqa: C901 - one row a verb
    desk: ControlDesk,
    security: SecuritySettings,
    clock: Clock,
    *,
    reread: Callable[[], Awaitable[str]] | None = None,
) -> Mapping[str, Handler]:
    """Return the handler of every verb.

    Args:
        desk: The engine's door.
        security: The second factor: whoever only reaches the socket does not have it.
        clock: Judges codes.
        reread: Reads the file of settings again and tells what came of it.
    """

    async def spent(code: object, otherwise: str) -> int | None:
        return await _spent_step(desk, security, clock, code, otherwise=otherwise)

    async def status(_args: dict[str, object]) -> dict[str, object]:
        return {"status": msgspec.to_builtins(desk.status())}

    async def positions(_args: dict[str, object]) -> dict[str, object]:
        return {"positions": msgspec.to_builtins(desk.positions())}

    async def check(_args: dict[str, object]) -> dict[str, object]:
        return {"lines": msgspec.to_builtins(await desk.checked(desk.status().venue))}

    async def login_url(args: dict[str, object]) -> dict[str, object]:
        return {"url": desk.login_url(_account(args), str(args.get("state", "")))}

    async def login(args: dict[str, object]) -> dict[str, object]:
        token = Secret(str(args.get("request_token", "")))
        return {"text": await desk.login(_account(args), token, by=LOCAL)}

    async def kill(args: dict[str, object]) -> dict[str, object]:
        active = args.get("active")
        if not isinstance(active, bool):
            raise CopyTraderError(
                "kill needs active, true to set the switch or false to release it"
            )
        step = None if active else await spent(args.get("code"), SWITCH_STAYS)
        return _told(await desk.ask(SetKill(active=active, totp_step=step), by=LOCAL))

    async def unlock(_args: dict[str, object]) -> dict[str, object]:
        return _told(await desk.ask(UnlockTotp(), by=LOCAL))

    async def pair(args: dict[str, object]) -> dict[str, object]:
        given = args.get("follower")
        step = await spent(args.get("code"), NOBODY_INVITED)
        try:
            role = Role(str(args.get("role")))
        except ValueError as error:
            known = ", ".join(Role)
            raise CopyTraderError(f"pair needs a role: {known}") from error
        request = InvitePerson(
            digest=str(args.get("digest")),
            role=role,
            follower=None if given is None else AccountName(str(given)),
            totp_step=step,
        )
        return _told(await desk.ask(request, by=LOCAL))

    async def strangers(_args: dict[str, object]) -> dict[str, object]:
        frozen, found = desk.strangers()
        return {"frozen": frozen, "strangers": msgspec.to_builtins(found)}

    async def adopt(args: dict[str, object]) -> dict[str, object]:
        given = args.get("orders")
        if not isinstance(given, list):
            raise CopyTraderError("adopt needs orders, the ids as they were listed")
        step = await spent(args.get("code"), NOTHING_ADOPTED)
        orders = tuple(OrderId(str(each)) for each in given)
        return _told(await desk.ask(AdoptStrangers(orders=orders, totp_step=step), by=LOCAL))

    async def read_again(_args: dict[str, object]) -> dict[str, object]:
        if reread is None:
            raise CopyTraderError("the settings cannot be read again here - restart it")
        return {"text": await reread()}

    return {
        "reread": read_again,
        "strangers": strangers,
        "adopt": adopt,
        "status": status,
        "positions": positions,
        "check": check,
        "login_url": login_url,
        "login": login,
        "kill": kill,
        "unlock": unlock,
        "pair": pair,
    }


async def _spent_step(
    desk: ControlDesk, security: SecuritySettings, clock: Clock, code: object, *, otherwise: str
) -> int | None:
    """Return the time step of a right code, or None where no code is required.

    Raises:
        CopyTraderError: Wrong, used or missing. A wrong one is counted.
    """
    if not security.require_totp:
        return None
    if security.totp_secret is None:
        raise CopyTraderError(NOT_SET_UP)
    if desk.totp_locked():
        raise CopyTraderError(LOCKED)
    if not isinstance(code, str) or not SIX_DIGITS.fullmatch(code):
        raise CopyTraderError(f"a 6-digit code is needed; {otherwise}")
    check = check_code(security.totp_secret, code, now=clock.now(), last_step=desk.totp_last_step())
    match check.state:
        case CodeState.RIGHT:
            return check.step
        case CodeState.USED:
            raise CopyTraderError(used_code(otherwise))
        case CodeState.WRONG:
            await desk.ask(TotpFailed(), by=LOCAL)
            raise CopyTraderError(wrong_code(otherwise))


def _told(reply: Reply) -> dict[str, object]:
    if not reply.accepted:
        raise CopyTraderError(reply.text)
    return {"text": reply.text}


def _account(args: Mapping[str, object]) -> AccountName:
    return AccountName(str(args.get("account", "")))
