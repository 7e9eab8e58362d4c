"""A follower whose account lacks a segment at the broker: named before the start, left out of it, alone."""

from demo.exchange.build import MASTER
from tests.e2e.conftest import until
from tests.e2e.day import NIFTY


async def test_a_follower_without_the_segment_is_skipped_with_the_reason_and_no_other_is(staged):
    stage = await staged(followers=3)
    mother = stage.exchange.accounts.by_user(stage.user_id("mother"))
    mother.exchanges = frozenset({"NSE", "BSE"})
    mother.demat_consent = False
    await stage.log_in()
    await stage.go_live()
    stage.trader.send("/start_copy")
    question = await stage.trader.expect("real money")
    checks = " ".join(question.text.split())
    assert "mother: NFO, BFO, MCX, CDS not enabled at the broker" in checks
    assert "leave out of FOLLOWERS__MOTHER__SEGMENTS" in checks
    assert "mother: DDPI is not signed: a CNC exit needs TPIN in Kite each day" in checks
    assert "father: NFO" not in checks
    assert "father: DDPI" not in checks
    stage.trader.tap(question, "Confirm start")
    await stage.trader.expect("opying started")

    buy = {"transaction_type": "BUY", "product": "NRML"}
    stage.exchange.place_from_app(MASTER, exchange="NFO", tradingsymbol=NIFTY, quantity=65, **buy)
    card = await stage.trader.expect(lambda m: "2 of 3 followed" in m.text)
    told = " ".join(card.text.split())
    assert "mother skip: segment not enabled at the broker for this account: NFO" in told
    for name in ("father", "brother"):
        await until(
            lambda name=name: (
                stage.exchange.net_positions(stage.user_id(name)).get(("NFO", NIFTY, "NRML")) == 65
            ),
            what=f"{name} holding the future\n{stage.tail_of_log()}",
        )
    assert not stage.exchange.ledger.order_writes(stage.user_id("mother"))

    stage.exchange.place_from_app(
        MASTER, exchange="NSE", tradingsymbol="M&M", quantity=3, transaction_type="BUY",
        product="MIS",
    )  # fmt: skip
    await until(
        lambda: stage.exchange.net_positions(mother.user_id).get(("NSE", "M&M", "MIS")) == 3,
        what=f"the mother copied where she may\n{stage.tail_of_log()}",
    )
