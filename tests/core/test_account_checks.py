"""What each account's broker says of it, as lines: ill ones with the mend, and whether a start may go on."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.risk.account_checks import asked_lines
from engine.core.risk.preflight import preflight
from engine.core.state.state import State
from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.instruments import NO_INSTRUMENTS
from engine.core.values.market import MASTER, Exchange, Venue
from engine.core.values.orders import Funds, Profile
from engine.core.values.proofs import AccountProof, Silence, WayOut
from engine.core.values.views import CheckLevel
from tests.core.core_world import FATHER, World, a_follower, done

WELL = Profile(
    user_id="UFATHER",
    user_name="Father",
    exchanges=frozenset(Exchange),
    products=frozenset({"CNC", "MIS", "NRML"}),
    demat_consent="consent",
)
MONEY = Funds(equity=Decimal(123_456), commodity=Decimal(0))
OK = AccountProof(
    account=FATHER,
    user_id="UFATHER",
    profile=WELL,
    funds=MONEY,
    ahead=timedelta(),
    way=WayOut(address="203.0.114.7"),
)


def told(proof: AccountProof, state: State | None = None) -> list[tuple[str, str]]:
    lines = asked_lines(state or State(), {FATHER: a_follower()}, {FATHER: proof})
    return [(line.level.value, line.text) for line in lines]


def ills(proof: AccountProof) -> list[tuple[str, str]]:
    return [line for line in told(proof) if line[0] != "ok"]


def test_a_well_account_has_a_line_for_each_thing_that_was_proved():
    assert told(OK) == [
        ("ok", "clock: within 2 s of Kite's"),
        ("ok", "father: session of UFATHER answers, till 06:00"),
        ("ok", "father: every segment it copies is enabled"),
        ("ok", "father: shares may be sold without TPIN (consent)"),
        ("ok", "father: free funds: shares and F&O ₹1,23,456, commodity ₹0"),
        (
            "ok",
            "father: orders leave by IPv4 from 203.0.114.7; that Kite takes them from there only an order "
            "proves: it must be among the app's IPs at developers.kite.trade",
        ),
    ]


def silent(silence: Silence, why: str = "", **more) -> AccountProof:
    return AccountProof(account=FATHER, user_id="UFATHER", silence=silence, why=why, **more)


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (silent(Silence.NO_SESSION), "father: no session, left out; /login father"),
        (
            silent(Silence.SESSION_ENDED),
            "father: Kite has ended the session, left out; /login father",
        ),
        (
            silent(Silence.FORBIDDEN, "Insufficient permission."),
            'father: Kite says "Insufficient permission", left out; see the app at developers.kite.trade',
        ),
        (
            silent(Silence.NOT_REACHED, "no connection in time"),
            "father: Kite not reached: no connection in time, left out; see the network",
        ),
        (
            silent(Silence.NOT_REACHED, "refused", way=WayOut(proxied=True)),
            "father: Kite not reached through its proxy: refused, left out; see FOLLOWERS__FATHER__PROXY",
        ),
        (
            replace(OK, profile=replace(WELL, exchanges=frozenset({"NSE", "BSE"}))),
            "father: NFO, BFO, MCX, CDS not enabled at the broker, entries there are skipped: enable in "
            "Kite, then /login father; or leave out of FOLLOWERS__FATHER__SEGMENTS",
        ),
        (
            replace(OK, profile=replace(WELL, demat_consent="")),
            "father: DDPI is not signed: a CNC exit needs TPIN in Kite each day",
        ),
        (
            replace(OK, funds=None),
            "father: Kite does not tell its funds now: try again in the morning",
        ),
        (
            replace(OK, funds=Funds(equity=Decimal(0), commodity=Decimal(-5))),
            "father: no funds are free, entries will be refused: add money in Kite",
        ),
        (
            replace(OK, forbidden="Insufficient permission for that call."),
            'father: Kite lets its app ask nothing of orders: "Insufficient permission for that call": see '
            "developers.kite.trade",
        ),
        (
            replace(OK, profile=replace(WELL, products=frozenset({"CNC", "NRML"}))),
            "father: MIS not enabled at the broker, orders in it are refused: see Kite",
        ),
        (
            replace(OK, ahead=timedelta(seconds=-7)),
            "clock: 7 s behind Kite's: set it by NTP (sudo timedatectl set-ntp true)",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_each_ill_has_one_line_with_its_mend(proof, says):
    assert ills(proof) == [("warn", says)]


def test_a_master_whose_app_has_no_prices_is_told_what_that_costs():
    proof = replace(OK, account=MASTER)
    texts = [line.text for line in asked_lines(State(), {}, {MASTER: proof})]
    assert "master: its app has prices" in texts
    personal = replace(proof, no_prices="Insufficient permission for that call.")
    (ill,) = [line for line in asked_lines(State(), {}, {MASTER: personal}) if "app" in line.text]
    assert (ill.level, ill.text) == (
        CheckLevel.WARN,
        'master: its app has no prices and no socket ("Insufficient permission for that call"): orders are seen '
        "a second late and PAPER fills nothing; take the paid Connect plan at developers.kite.trade",
    )


def test_a_broker_that_does_not_tell_products_says_nothing_of_them():
    for products in (frozenset(), frozenset({"odd"})):
        assert ills(replace(OK, profile=replace(WELL, products=products))) == []


def test_a_session_of_another_client_and_a_clock_far_off_are_failures():
    other = replace(OK, profile=replace(WELL, user_id="XY9999"))
    assert ills(other) == [
        ("fail", "father: the session is of XY9999, not of UFATHER: /login father")
    ]
    late = replace(OK, ahead=timedelta(seconds=31))
    assert ills(late) == [
        (
            "fail",
            "clock: 31 s ahead of Kite's, beyond 30 s no entry leaves: set it by NTP (sudo timedatectl set-ntp true)",
        )
    ]


def test_one_server_whose_clock_is_wrong_by_itself_says_nothing():
    wrong = replace(OK, account=MASTER, ahead=timedelta(seconds=300))
    lines = asked_lines(State(), {}, {FATHER: OK, MASTER: wrong})
    assert [line.text for line in lines if line.text.startswith("clock")] == [
        "clock: within 2 s of Kite's"
    ]


def test_an_address_inside_a_network_is_not_told_as_the_one_that_kite_sees():
    (line,) = [
        text for _, text in told(replace(OK, way=WayOut(address="10.0.0.5"))) if "IPv4" in text
    ]
    assert "by IPv4 from this machine's public address;" in line
    proxied = replace(OK, way=WayOut(proxied=True, address="10.0.0.9"))
    (line,) = [text for _, text in told(proxied) if "IPv4" in text]
    assert "by IPv4 through its proxy 10.0.0.9;" in line


def orders_line(world: World) -> tuple[str, str]:
    lines = told(OK, world.state)
    return next(line for line in lines if "order" in line[1])


def test_the_newest_order_tells_whether_kite_takes_them_from_here():
    world = World(venue=Venue.LIVE)
    world.master(done("M1", quantity=10))
    world.ack_and_fill()
    level, text = orders_line(world)
    assert level == "ok"
    assert "; Kite took the last one, " in text
    [entry] = world.master(done("M2", quantity=10, symbol="INFY")).sends
    refusal = "IP (203.0.114.7) is not allowed to place orders for this app."
    world.refuse(entry, RefusalKind.PERMISSION, refusal, http_status=403)
    assert orders_line(world) == (
        "warn",
        'father: Kite refused its last order: "IP (203.0.114.7) is not allowed to place orders for this '
        'app": mend it at developers.kite.trade, then /resume father',
    )


def levels(world: World, proofs) -> dict[str, str]:
    lines = preflight(world.state, Venue.LIVE, now=world.now, proofs=proofs)
    return {line.text: line.level.value for line in lines}


def test_a_start_is_forbidden_where_the_broker_says_that_the_masters_session_is_dead():
    world = World(venue=Venue.LIVE, copying=False)
    dead = AccountProof(account=MASTER, user_id="UMASTER", silence=Silence.SESSION_ENDED)
    assert levels(world, {})["master: session till 06:00"] == "ok"
    assert (
        levels(world, {MASTER: dead})["master: Kite has ended the session, /login master"] == "fail"
    )


def test_followers_whose_sessions_are_all_dead_are_nobody_to_start_for():
    world = World(venue=Venue.LIVE, copying=False)
    dead = silent(Silence.SESSION_ENDED)
    assert levels(world, {FATHER: dead})["no follower has a session: /login each of them"] == "fail"
    assert "no follower has a session: /login each of them" not in levels(world, {FATHER: OK})


def test_a_follower_whom_a_refusal_paused_is_told_with_its_reason():
    world = World(venue=Venue.LIVE)
    [entry] = world.master(done("M1", quantity=10)).sends
    refusal = "No IPs configured for this app."
    world.refuse(entry, RefusalKind.PERMISSION, refusal, http_status=403)
    found = levels(world, {FATHER: OK})
    assert found["father: paused, left out; /resume father"] == "warn"
    said = 'father: Kite refused its last order: "No IPs configured for this app": mend it at '
    assert found[f"{said}developers.kite.trade, then /resume father"] == "warn"
    assert found["father: session of UFATHER answers, till 06:00"] == "ok"
    assert any(text.startswith(said) for text in levels(world, {})), "a start without proofs too"
    world.sleep(1)
    world.ask(c.ResumeFollower(follower=FATHER))
    assert not any(text.startswith(said) for text in levels(world, {FATHER: OK}))


def test_a_list_of_instruments_of_yesterday_is_named():
    world = World(venue=Venue.LIVE, copying=False)
    day = world.state.trading_day
    assert isinstance(day, date)
    world.state.instruments = NO_INSTRUMENTS.dated(day)
    assert levels(world, {})[f"instruments of {day:%d %b}, today's"] == "ok"
    yesterday = day - timedelta(days=1)
    world.state.instruments = NO_INSTRUMENTS.dated(yesterday)
    text = f"the list of instruments is of {yesterday:%d %b}: F&O entries wait for today's"
    assert levels(world, {})[text] == "warn"
