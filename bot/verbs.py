"""What other processes may ask of a running instance, over the control socket."""

from collections.abc import Mapping

import msgspec

from bot.control_socket import Handler
from engine.control import ControlDesk
from engine.core.control import Reply, Requester, SetKill, UnlockTotp
from engine.core.market import AccountName
from engine.core.secrets import Secret
from engine.errors import CopyTraderError

#: The local command line: whoever can reach the 0600 socket owns the account it runs under.
LOCAL = Requester(user_id=0, name="command line")


def verbs(desk: ControlDesk) -> Mapping[str, Handler]:
    """Return the handler of every verb."""

    async def status(_args: dict[str, object]) -> dict[str, object]:
        return {"status": msgspec.to_builtins(desk.status())}

    async def positions(_args: dict[str, object]) -> dict[str, object]:
        return {"positions": msgspec.to_builtins(desk.positions())}

    async def login_url(args: dict[str, object]) -> dict[str, object]:
        return {"url": desk.login_url(_account(args), str(args.get("state", "")))}

    async def login(args: dict[str, object]) -> dict[str, object]:
        token = Secret(str(args.get("request_token", "")))
        return {"text": await desk.login(_account(args), token, by=LOCAL)}

    async def kill(args: dict[str, object]) -> dict[str, object]:
        step = args.get("totp_step")
        request = SetKill(
            active=args.get("active") is True, totp_step=step if isinstance(step, int) else None
        )
        return _told(await desk.ask(request, by=LOCAL))

    async def unlock(_args: dict[str, object]) -> dict[str, object]:
        return _told(await desk.ask(UnlockTotp(), by=LOCAL))

    return {
        "status": status,
        "positions": positions,
        "login_url": login_url,
        "login": login,
        "kill": kill,
        "unlock": unlock,
    }


def _told(reply: Reply) -> dict[str, object]:
    if not reply.accepted:
        raise CopyTraderError(reply.text)
    return {"text": reply.text}


def _account(args: Mapping[str, object]) -> AccountName:
    return AccountName(str(args.get("account", "")))
