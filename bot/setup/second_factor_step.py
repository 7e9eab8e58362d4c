"""The part about the second factor: a secret for the phone's app, proved by one code."""

import pyotp

from bot.chat.totp import SIX_DIGITS, CodeState, check_code
from bot.settings import table
from bot.setup.asker import Choice
from bot.setup.tools import Tools
from engine.core.values.secrets import Secret

_KEY = table.TOTP_SECRET.name
_ISSUER = "copytrader"


def second_factor(tools: Tools) -> None:
    """Make a secret, show it once and have one code typed; or leave it for later."""
    asker, draft = tools.asker, tools.draft
    asker.heading("The second factor: a code from your phone before real money moves")
    old = draft.written(_KEY)
    asker.say(
        "Going live asks for a 6-digit code of an authenticator app (Google Authenticator, Aegis,"
        " 2FAS), so that a stolen Telegram account cannot trade."
    )
    choices = [
        Choice(
            value="new", text="Set it up now" if not old else "Make a new one (the old one ends)"
        ),
        Choice(
            value="later",
            text="Keep it as it is" if old else "Later (paper trading works, going live does not)",
        ),
    ]
    if asker.choose("Second factor:", choices, "later" if old else "new") == "later":
        return
    secret = pyotp.random_base32()
    _show(tools, secret)
    if _proved(tools, Secret(secret)):
        draft.put(_KEY, secret)
        asker.good("The code is right. The second factor is set.")
    else:
        asker.say(
            "The second factor stays as it was. Delete the new entry in the app again."
            if old
            else "Left for later; delete the entry in the app again."
        )


def _show(tools: Tools, secret: str) -> None:
    asker = tools.asker
    account = tools.draft.written("MASTER__USER_ID") or "owner"
    asker.say("In the app choose to add an account, and scan this:")
    asker.qr(pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=_ISSUER))
    asker.say("Or type this key into the app. It is shown only now; keep no picture of it:")
    asker.copyable(" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)))


def _proved(tools: Tools, secret: Secret) -> bool:
    asker = tools.asker
    while True:
        typed = asker.text("The 6 digits the app shows now (Enter: leave it for later):")
        code = typed.replace(" ", "").replace("-", "")
        if not code:
            return False
        if not SIX_DIGITS.fullmatch(code):
            asker.bad("That is not 6 digits. Type what the app shows for copytrader.")
        elif check_code(secret, code, now=tools.now(), last_step=None).state is CodeState.RIGHT:
            return True
        else:
            asker.bad(
                "That code is not right. Take the newest one; if that fails too, the clock of this"
                f" machine or of the phone is wrong (here it is {tools.now():%H:%M:%S} IST)."
            )
