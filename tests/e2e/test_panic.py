"""/panic on the real process, which is killed in the middle of it: it goes on, and sells once."""

from demo.exchange.build import MASTER


async def test_a_process_that_is_killed_in_the_middle_goes_on_until_all_is_flat(staged):
    stage = await staged(followers=2)
    await stage.log_in()
    await stage.go_live()
    await stage.start_copying()
    stage.exchange.place_from_app(
        MASTER,
        exchange="NSE",
        tradingsymbol="SBIN",
        transaction_type="BUY",
        quantity=5,
        product="MIS",
    )
    await stage.trader.expect("2 of 2 followed", timeout_s=15)
    stage.trader.send("/panic")
    asked = await stage.trader.expect("close all that is copied?")
    since = stage.trader.mark()
    stage.trader.tap(asked, "Confirm panic: close all")
    stage.trader.tap(asked, "Confirm panic: close all")
    await stage.trader.expect("by Trader: entries stopped", since=since)
    stage.kill_program()
    await stage.start_program()
    # Killed between its sending and the note of that, the card is a new message: told twice, never lost.
    done = await stage.trader.expect(
        lambda m: m.text.count("verified flat at ") == 2,
        timeout_s=30, since=since,
    )  # fmt: skip
    assert done.text.startswith("LIVE 🟢 PANIC")
    await stage.trader.expect("every follower is verified flat", timeout_s=10, since=since)
    for name in stage.names:
        orders = stage.exchange.orders_of(stage.user_id(name))
        sold = [order for order in orders if order["transaction_type"] == "SELL"]
        assert [order["filled_quantity"] for order in sold] == [5]
        assert not any(stage.exchange.net_positions(stage.user_id(name)).values())
