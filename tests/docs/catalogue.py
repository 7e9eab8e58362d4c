"""What can go wrong, and the test that holds it: the rows of docs/recovery.md.

A test is written ``file::name`` with the file by its short name in `FILES` and the name without
``test_``; a case of a table by its words in brackets.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

FILES = {
    "adopt": "tests/bot_cli/test_adopt_command.py",
    "alertchannels": "tests/e2e/test_alert_channels.py",
    "escalation": "tests/core/test_core_escalation.py",
    "forwarding": "tests/bot_channels/test_channel_forwarding.py",
    "attention": "tests/engine_shell/test_shell_attention.py",
    "away": "tests/faults/test_broker_goes_away.py",
    "book": "tests/faults/test_broker_read_and_socket_faults.py",
    "budget": "tests/engine_shell/test_shell_budget.py",
    "bookwatch": "tests/core/test_core_book_watch.py",
    "bursts": "tests/core/test_core_bursts.py",
    "chain": "tests/storage/test_hash_chain.py",
    "chat": "tests/bot_chat/test_chat_copying.py",
    "chatgate": "tests/bot_chat/test_chat_gate.py",
    "chats": "tests/faults/test_chat_outages.py",
    "classify": "tests/contracts/kite/test_kite_classify.py",
    "clockcheck": "tests/bot_cli/test_doctor_online.py",
    "codec": "tests/contracts/kite/test_kite_codec.py",
    "encode": "tests/contracts/kite/test_kite_encode.py",
    "command": "tests/bot_cli/test_command_line.py",
    "killcommand": "tests/bot_cli/test_kill_command.py",
    "runcommand": "tests/bot_cli/test_run_command.py",
    "conversions": "tests/core/test_core_conversions.py",
    "core": "tests/core/test_core_known_cases.py",
    "baskets": "tests/core/test_core_baskets.py",
    "hedgerefused": "tests/core/test_core_basket_hedge_refused.py",
    "unwinding": "tests/core/test_core_basket_unwinding.py",
    "approval": "tests/core/test_core_approval.py",
    "days": "tests/sim/test_named_days.py",
    "disk": "tests/storage/test_full_disk.py",
    "drift": "tests/core/test_core_drift.py",
    "dropped": "tests/faults/test_accounts_that_drop_out.py",
    "dying": "tests/sim/test_sim_dying_tasks.py",
    "ends": "tests/core/test_core_ends.py",
    "entries": "tests/core/test_core_entries.py",
    "restored": "tests/storage/test_restore_files.py",
    "resting": "tests/core/test_core_resting_entries.py",
    "byhand": "tests/core/test_core_exits_by_hand.py",
    "exits": "tests/core/test_core_exits.py",
    "exitsmeet": "tests/core/test_core_exits_meet_entries.py",
    "feed": "tests/core/test_core_feed_watch.py",
    "clockwatch": "tests/core/test_core_clock_watch.py",
    "detection": "tests/sim/test_sim_detection.py",
    "fuzz": "tests/contracts/kite/test_kite_fuzz.py",
    "standstill": "tests/engine_shell/test_shell_standstill.py",
    "fence": "tests/core/test_core_fence.py",
    "fills": "tests/core/test_core_mirror_fills.py",
    "freeze": "tests/core/test_core_freeze.py",
    "freezelearned": "tests/core/test_core_freeze_learned.py",
    "gates": "tests/core/test_core_gates.py",
    "hints": "tests/engine_shell/test_shell_feed.py",
    "instance": "tests/bot_cli/test_single_instance.py",
    "journal": "tests/storage/test_journal_round_trip.py",
    "kills": "tests/sim/test_sim_kills.py",
    "again": "tests/sim/test_sim_kills_again.py",
    "odd": "tests/sim/test_sim_odd.py",
    "simchat": "tests/sim/test_sim_chat.py",
    "kill": "tests/e2e/test_kill.py",
    "lane": "tests/engine_shell/test_shell_lane.py",
    "life": "tests/core/test_core_life.py",
    "lookedaway": "tests/core/test_core_looked_away.py",
    "lives": "tests/sim/test_sim_life.py",
    "mark": "tests/storage/test_store_mark.py",
    "morning": "tests/core/test_core_morning.py",
    "mutants": "tests/sim/test_sim_mutants.py",
    "night": "tests/core/test_core_overnight_unknown.py",
    "limited": "tests/core/test_core_limited_entries.py",
    "losses": "tests/core/test_core_loss_ladder.py",
    "offers": "tests/core/test_core_offers_unknown.py",
    "missed": "tests/core/test_core_offers_missed.py",
    "orphans": "tests/core/test_core_orphans.py",
    "outbox": "tests/bot_chat/test_chat_outbox.py",
    "paper": "tests/sim/test_sim_paper.py",
    "preflight": "tests/core/test_core_preflight.py",
    "power": "tests/storage/test_power_cut.py",
    "process": "tests/faults/test_process_ends.py",
    "races": "tests/core/test_core_interleavings.py",
    "pace": "tests/engine_shell/test_shell_reconciler_pace.py",
    "reads": "tests/engine_shell/test_shell_reconciler.py",
    "refusals": "tests/core/test_core_exit_refusals.py",
    "review": "tests/core/test_core_review.py",
    "changedlists": "tests/core/test_core_changed_lists.py",
    "rollover": "tests/core/test_core_rollover.py",
    "unlisted": "tests/core/test_core_unlisted.py",
    "pulse": "tests/engine_shell/test_shell_pulse.py",
    "runner": "tests/engine_shell/test_shell_runner.py",
    "seeds": "tests/sim/test_sim_seeds.py",
    "settings": "tests/bot_cli/test_settings_loading.py",
    "sim": "tests/sim/test_sim_known_cases.py",
    "slices": "tests/core/test_core_slices.py",
    "slips": "tests/bot_chat/test_chat_slips.py",
    "square": "tests/core/test_core_square_off.py",
    "stopped": "tests/core/test_core_exits_after_stop.py",
    "stops": "tests/core/test_core_stops.py",
    "store": "tests/storage/test_store_faults.py",
    "stories": "tests/storage/test_stories.py",
    "stream": "tests/contracts/kite/test_kite_stream.py",
    "supervisor": "tests/engine_shell/test_shell_supervisor.py",
    "switch": "tests/faults/test_kill_switch_everywhere.py",
    "traps": "tests/core/test_core_traps.py",
    "twice": "tests/faults/test_two_starts.py",
    "two": "tests/faults/test_two_copies.py",
    "fingerprint": "tests/core/test_core_fingerprint.py",
    "afterrestart": "tests/core/test_core_unknown_restart.py",
    "unknown": "tests/core/test_core_unknown.py",
    "unknowncancels": "tests/core/test_core_unknown_cancels.py",
    "updates": "tests/storage/test_store_updates.py",
    "values": "tests/core/test_core_values.py",
    "venues": "tests/contracts/venues/test_every_venue.py",
    "connections": "tests/contracts/kite/test_kite_connections.py",
    "wire": "tests/contracts/kite/test_kite_wire.py",
    "writes": "tests/faults/test_broker_write_faults.py",
    "live": "tests/e2e/test_live_day.py",
    "delivery": "tests/sim/test_sim_delivery.py",
    "mcx": "tests/contracts/kite/test_kite_reads.py",
    "moments": "tests/faults/test_kill_many.py",
}


@unique
class Status(StrEnum):
    """How far a row is held."""

    HELD = "held"
    PARTLY = "partly"
    NOT_YET = "not yet"
    IN_WORK = "in work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that can go wrong.

    Attributes:
        tests: Tests that hold it, or the part of it that is held.
        coming: Tests of work that is under way; once all are there the row is held.
        note: What is missing, or which later work brings it.
    """

    number: int
    words: str
    tests: tuple[str, ...] = ()
    coming: tuple[str, ...] = ()
    status: Status = Status.HELD
    note: str = ""


def known(case: str) -> str:
    return f"sim::a_known_case_ends_as_it_should[{case}]"


def mutant(name: str) -> str:
    return f"mutants::a_planted_fault_is_noticed[{name}]"


def race(words: str) -> str:
    return f"races::every_order_of_a_race_ends_as_one_thing_after_the_other[{words}]"
