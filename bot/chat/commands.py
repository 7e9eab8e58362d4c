"""The commands: their words, what they do, how they are explained."""

import re
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as people see it.

    Attributes:
        name: Without the slash.
        group: Heading in the help.
        usage: With its arguments.
        summary: One clause, for lists.
        details: What else there is to know.
        example: One line that works.
        aliases: Shorter words for it.
        guarded: Whether it changes state so that it must not run when it comes late. What
            reduces risk always runs.
        code: What of it asks for a code of the second factor, as a sentence; empty: nothing does.
        no_code: The same where the settings ask for no code.
    """

    name: str
    group: str
    usage: str
    summary: str
    details: str
    example: str
    aliases: tuple[str, ...] = ()
    guarded: bool = False
    code: str = ""
    no_code: str = ""

    def explained(self, *, asks_for_codes: bool) -> str:
        """Return all there is to know, by whether the settings have a second factor asked for."""
        proof = self.code if asks_for_codes else self.no_code
        return f"{self.details} {proof}".rstrip()


COMMANDS: tuple[Command, ...] = (
    Command(
        name="status",
        group="See",
        usage="/status",
        summary="mode, copying, accounts on one card",
        details="Per account: session, open positions, day P&L and the 95th percentile of the "
        "copy lag. The last line says what to do next.",
        example="/status",
        aliases=("s",),
    ),
    Command(
        name="positions",
        group="See",
        usage="/positions [acct]",
        summary="open positions and day P&L",
        details="All accounts in brief, or one in detail with prices and what the master holds "
        "beside it. Where an account holds more than was copied, copied and own are shown apart.",
        example="/positions ab1234",
        aliases=("p",),
    ),
    Command(
        name="orders",
        group="See",
        usage="/orders [n]",
        summary="last master orders and each follower's part",
        details="Newest first; n from 1 to 50, 10 without it. A stop shows its trigger, a part that "
        "was skipped or refused its reason.",
        example="/orders 5",
        aliases=("o",),
    ),
    Command(
        name="why",
        group="See",
        usage="/why ID [acct]",
        summary="the whole story of one order",
        details="ID is a card's number of today (214 or #214), a master's or follower's order id, a tag, "
        "or the op id below an answer; of an id its first or last digits will do, at least four. "
        "With an account, only what is about it and the master.",
        example="/why 214",
        aliases=("w",),
    ),
    Command(
        name="diff",
        group="See",
        usage="/diff [acct]",
        summary="where followers and master differ",
        details="Per follower and symbol: what the master's net is worth at its multiplier, what "
        "was copied, and what the broker shows of it. Only what differs is listed.",
        example="/diff",
        aliases=("d",),
    ),
    Command(
        name="funds",
        group="See",
        usage="/funds",
        summary="what every account may spend",
        details="Read at the broker now: rupees for equity and for commodity. It takes a moment.",
        example="/funds",
        aliases=("f",),
    ),
    Command(
        name="pnl",
        group="See",
        usage="/pnl [today|week|month]",
        summary="profit of every account, with a picture",
        details="Rupees before charges: the master with all he traded, followers with what was copied. "
        "week is since Monday, month since the 1st; a past day stands as it was sampled last.",
        example="/pnl week",
        aliases=("pl",),
    ),
    Command(
        name="latency",
        group="See",
        usage="/latency",
        summary="how long today's copies took, with a picture",
        details="Per follower the 50th, 95th and 99th percentile, from the master's event to the broker's "
        "answer, and to the copy's first fill.",
        example="/latency",
    ),
    Command(
        name="report",
        group="See",
        usage="/report [day|week]",
        summary="how well a day was copied",
        details="Copied, skipped and why, missed, refused; slippage (+ is worse than the master's price), lag, "
        "profit beside the master's. Of today, or of a day such as yesterday, 26 Nov or 2026-11-26.",
        example="/report yesterday",
    ),
    Command(
        name="limits",
        group="See",
        usage="/limits [acct]",
        summary="limits on entries, and what is used",
        details="Per follower what is set and what is used now: the largest position, positions copied, "
        "entry orders since 06:00. At a limit is inside it. Exits follow the master whatever is used up.",
        example="/limits ab1234",
        aliases=("l",),
    ),
    Command(
        name="start_copy",
        group="Copy",
        usage="/start_copy",
        summary="check, then copy what the master does from now on",
        details="In LIVE it asks for a confirmation; a second button also copies the orders the "
        "master has open. Positions the master holds already are not copied.",
        example="/start_copy",
        guarded=True,
    ),
    Command(
        name="stop",
        group="Copy",
        usage="/stop",
        summary="no further entry, at once",
        details="Never asks and never comes too late. Exits, reductions and cancels still follow "
        "the master; positions are not closed.",
        example="/stop",
    ),
    Command(
        name="panic",
        group="Copy",
        usage="/panic",
        summary="close all that is copied, after a confirmation",
        details="Stops entries, cancels what rests of them and closes every copied holding by the exit "
        "ladder; what the owners hold themselves is not touched. One message says how far it is, until "
        "every follower is verified flat by positions that were read afterwards. Never comes too late.",
        example="/panic",
    ),
    Command(
        name="pause",
        group="Copy",
        usage="/pause acct",
        summary="no further entry for one follower",
        details="Its exits still follow the master.",
        example="/pause ab1234",
    ),
    Command(
        name="resume",
        group="Copy",
        usage="/resume acct",
        summary="entries again for one follower",
        details="From a new baseline.",
        code="In LIVE it asks for a code unless one was given in the last 15 minutes.",
        no_code="In LIVE it asks for a confirmation.",
        example="/resume ab1234",
        guarded=True,
    ),
    Command(
        name="sync",
        group="Copy",
        usage="/sync [acct]",
        summary="orders that would bring followers in step",
        details="Lists them, reductions first, each with why, and what is not proposed and why; nothing "
        "is done before you confirm. Only what was copied is touched.",
        code="In LIVE an entry among them asks for a code unless one was given in the last 15 minutes.",
        example="/sync ab1234",
        guarded=True,
    ),
    Command(
        name="detach",
        group="Copy",
        usage="/detach acct [symbol]",
        summary="hand copied positions back to their owner",
        details="After a confirmation they are the account's own: the master's exits do not close them "
        "any more, and their working orders are cancelled. What he enters from then on is copied as before.",
        example="/detach ab1234 SBIN",
        guarded=True,
    ),
    Command(
        name="login",
        group="Set up",
        usage="/login [acct]",
        summary="the daily Zerodha login",
        details="One button per account that needs a session; it works once, for 15 minutes. After logging "
        "in, tap the button of the page you land on, or paste its address, its query, or the bare request "
        "token.",
        example="/login ab1234",
    ),
    Command(
        name="paper",
        group="Set up",
        usage="/paper",
        summary="switch to PAPER: no real orders",
        details="Refused while copied positions or open orders are at the broker, because in PAPER "
        "their exits could not follow: buttons then offer to stop entries, square off or detach.",
        example="/paper",
        guarded=True,
    ),
    Command(
        name="live",
        group="Set up",
        usage="/live",
        summary="switch to LIVE: real orders",
        details="Runs the checks, and arms entries until 06:00 IST.",
        code="Before that it asks for the 6-digit code of your authenticator.",
        no_code="Before that it asks for a confirmation.",
        example="/live",
        guarded=True,
    ),
    Command(
        name="people",
        group="Set up",
        usage="/people [invite ROLE [acct] | revoke ID]",
        summary="who may speak to this bot",
        details="Lists everybody, with buttons to let an operator or a follower in by a one-time code, "
        "or to send somebody away at once.",
        code="To let somebody in asks for a code of your authenticator.",
        no_code="To let somebody in asks for a confirmation.",
        example="/people invite operator",
        guarded=True,
    ),
    Command(
        name="set",
        group="Set up",
        usage="/set [acct] [KEY value]",
        summary="change a limit, the multiplier and more",
        details="/set alone lists what can be set, with examples. It counts at once and after a restart, wins "
        "over the settings and is shown by /limits. none takes a limit away, default goes back to the settings.",
        code="In LIVE what is looser asks for a code; what is tighter never does.",
        no_code="In LIVE what is looser asks for a confirmation; what is tighter never does.",
        example="/set ab1234 MULTIPLIER 0.5",
        guarded=True,
    ),
    Command(
        name="alerts",
        group="Set up",
        usage="/alerts",
        summary="how loud messages are here, quiet hours",
        details="On, silent or off for each kind, by buttons, and quiet hours (IST), for this chat alone. What "
        "is critical or asks you something always comes through; what money may hang on is never off. "
        "Typed: /alerts info off",
        example="/alerts quiet 22:00 07:00",
        guarded=True,
    ),
    Command(
        name="help",
        group="Set up",
        usage="/help [command]",
        summary="this list, or one command",
        details="Every command is explained with an example.",
        example="/help stop",
        aliases=("h",),
    ),
    Command(
        name="version",
        group="Set up",
        usage="/version",
        summary="what is running",
        details="Name these when you report a fault.",
        example="/version",
    ),
    Command(
        name="start",
        group="Set up",
        usage="/start",
        summary="what this is, and the next step",
        details="Also brings back the buttons below the typing field.",
        example="/start",
    ),
)

#: What somebody types in an emergency: it asks what /panic asks.
URGENT = frozenset(
    {"panic", "kill", "squareoff", "square_off", "exit", "exit_all", "close", "close_all", "flat"}
)

_SIGNS = re.compile(r"^\W+|\W+$")
#: How alike a word must be to be suggested: /satrt_copy is, "yes" is not /status.
NEAR = 0.65
#: Letters from which on a word is a command that was begun.
_BEGUN = 3

_BY_WORD = {word: command for command in COMMANDS for word in (command.name, *command.aliases)}


def find(word: str) -> Command | None:
    """Return the command of a word without its slash, whatever the case."""
    return _BY_WORD.get(word.lower())


def is_urgent(text: str) -> bool:
    """Return whether a text begins with words for closing everything: "Square off!", "/exit_all"."""
    words = [_SIGNS.sub("", word) for word in text.lower().split()[:2]]
    return bool(words) and not URGENT.isdisjoint({words[0], "_".join(words)})


def suggest(word: str) -> Command | None:
    """Return the command that was probably meant, if any is near."""
    typed = word.lower().replace("-", "_")
    # Sent before it was typed to the end: by its letters /pos is far from /positions.
    begun = [one for one in COMMANDS if one.name.startswith(typed)]
    if begun and len(typed) >= _BEGUN:
        return min(begun, key=lambda one: len(one.name))
    near = get_close_matches(typed, _BY_WORD, n=1, cutoff=NEAR)
    return _BY_WORD[near[0]] if near else None
