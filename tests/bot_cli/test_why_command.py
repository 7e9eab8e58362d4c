"""``copytrader why`` over a store that a program has written, or none."""

import json

import pytest

from engine.core.values import control as c
from tests.bot_cli.cli_builders import command, write_env
from tests.core.core_world import FATHER, a_follower, done
from tests.storage.kept_world import KeptWorld


@pytest.fixture
def world(tmp_path):
    write_env(tmp_path)
    folder = tmp_path / "var"
    folder.mkdir(mode=0o700)
    kept = KeptWorld(folder, a_follower("father"), a_follower("mother", multiplier="0.05"))
    kept.master(done())
    kept.ack_and_fill()
    yield kept
    kept.store.close()


def test_why_tells_plain_lines_with_the_time_to_the_millisecond(world, tmp_path):
    told = command(tmp_path, "why", "M1")
    assert (told.status, told.err) == (0, "")
    lines = told.out.splitlines()
    assert lines[:2] == [
        "master order M1: BUY 10 NSE:SBIN MIS MARKET",
        "Wed 18 Nov 2026, IST",
    ]
    assert lines[2].startswith("10:00:00.000  master  order seen COMPLETE in the order book:")
    assert any(
        line.startswith(
            "10:00:00.000  mother  entry skipped: less than one lot at this multiplier: "
        )
        for line in lines
    )


@pytest.mark.parametrize("asked", ["1", "#1", "B1", "M1"])
def test_a_card_number_and_a_followers_order_id_are_known_too(world, tmp_path, asked):
    told = command(tmp_path, "why", asked)
    assert told.status == 0
    assert "order B1 seen COMPLETE on the socket: 10 more filled" in told.out


def test_why_tells_scripts_the_same_as_json(world, tmp_path):
    reply = world.ask(c.PauseFollower(follower=FATHER))
    told = command(tmp_path, "why", reply.op, "--json")
    found = json.loads(told.out)["story"]
    assert (told.status, found["subject"], found["asked"]) == (0, "operation", reply.op)
    assert found["lines"][0] == {
        "at": "2026-11-18T10:00:00+05:30",
        "who": "owner",
        "text": "asked to pause father.",
    }


@pytest.mark.parametrize("asked", ["M2", "#9", "ffff"])
def test_an_id_that_is_not_known_is_a_failure_with_the_mend(world, tmp_path, asked):
    told = command(tmp_path, "why", asked)
    assert (told.status, told.out) == (1, "")
    assert told.err.count("\n") == 1
    assert repr(asked) in told.err
    assert "give an order id from Kite or its last digits" in told.err


def test_a_part_of_several_ids_is_said_with_the_ids(world, tmp_path):
    world.master(done("250000000123456"), done("250000000999456"))
    told = command(tmp_path, "why", "9456")
    assert "master order 250000000999456: BUY 10 NSE:SBIN" in told.out
    told = command(tmp_path, "why", "2500000")
    assert (told.status, told.out) == (1, "")
    assert told.err == (
        "copytrader: 2500000 could be 250000000123456, 250000000999456 - give more of the id\n"
    )


def test_before_the_first_run_no_id_is_known(tmp_path):
    write_env(tmp_path)
    told = command(tmp_path, "why", "M1")
    assert told.status == 1
    assert "no order, tag or operation 'M1'" in told.err
