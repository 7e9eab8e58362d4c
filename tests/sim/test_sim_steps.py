"""What the judges of steps and of liveness are there for: each must bite."""

from engine.core.planning import changes, plan_exit
from engine.core.values.intents import IntentState, Trigger, move
from tests.sim.sim_day import PATIENCE_S, run_day
from tests.sim.sim_kills import SCENES
from tests.sim.sim_life import life_of
from tests.sim.sim_plan import Act, Plan, Trouble


def test_a_doubt_that_is_never_resolved_is_caught(new_store, monkeypatch):
    def doubtful(state: IntentState, trigger: Trigger) -> IntentState:
        ends = (Trigger.FIND, Trigger.PROVE_ABSENT, Trigger.GIVE_UP)
        return state if trigger in ends else move(state, trigger)

    for module in ("decide", "outcome.unknown", "observe.adoption"):
        monkeypatch.setattr(f"engine.core.{module}.move", doubtful)
    plan = SCENES["entry_that_never_arrives"]
    said = run_day(plan, new_store(), rest_s=PATIENCE_S).violations
    assert any(f"not settled {PATIENCE_S:.0f} s after all was healed" in each for each in said)


def test_a_fill_that_is_forgotten_is_caught_at_the_next_commit(new_store, monkeypatch):
    for module in ("state.fills", "observe.observe_master"):
        monkeypatch.setattr(f"engine.core.{module}.merge", lambda before, after: after)
    said: list[str] = []
    for seed in range(1030, 1050):
        said += run_day(life_of(seed), new_store(), rest_s=0).violations
        if any("were filled, then less" in each for each in said):
            break
    assert any("were filled, then less" in each for each in said)


def test_an_entry_while_copying_is_paused_is_caught(new_store, monkeypatch):
    monkeypatch.setattr("engine.core.risk.gates._mode_gate", lambda *_: None)
    acts = (Act(after=1.0, kind="pause", follower=1), Act(after=1.0, kind="buy", lots=5))
    plan = Plan(seed=1, multipliers=("1",), mirrors=("sweep",), acts=acts)
    said = run_day(plan, new_store(), rest_s=0).violations
    assert any("while copying is stopped or paused" in each for each in said)


def test_an_entry_before_the_book_was_read_is_caught(new_store, monkeypatch):
    # A login makes the book unknown; what the master does in that moment must wait for it.
    # Asked by the whole way and by the glance of a plain copy, which has the name for itself.
    for module in ("risk.first_read", "planning.plain_copies"):
        monkeypatch.setattr(f"engine.core.{module}.has_his_book", lambda *_: True)
    acts = tuple(Act(after=0.02, kind=kind, lots=2, follower=1) for kind in ("login", "buy") * 8)
    said: list[str] = []
    for seed in range(1, 9):
        plan = Plan(seed=seed, multipliers=("1",), mirrors=("sweep",), acts=acts)
        said += run_day(plan, new_store(), rest_s=0).violations
    assert any("is placed before the book of" in each for each in said)


def test_a_resting_exit_that_is_not_cut_when_he_adds_without_us_is_caught(new_store, monkeypatch):
    """Paused, we are left out of what he adds: his resting exit is then worth less of ours."""
    acts = (
        Act(after=0.5, kind="sell_limit", lots=10, ticks=-3),
        Act(after=3.0, kind="buy_limit", lots=5, ticks=-2),
        Act(after=3.0, kind="pause", follower=0),
        Act(after=1.0, kind="sell", lots=10, ticks=-4),
        Act(after=6.0, kind="price", ticks=-8),
    )
    plan = Plan(seed=1, multipliers=("1.5",), mirrors=("sweep",), acts=acts)
    assert not run_day(plan, new_store(), rest_s=0).violations
    monkeypatch.setattr("engine.core.planning.children.want_change", lambda *_, **__: None)
    said = run_day(plan, new_store(), rest_s=0).violations
    assert any("-11.25 wanted, -8 held" in each for each in said)


def test_an_entry_that_is_not_cut_with_his_is_caught(new_store, monkeypatch):
    """He cuts his order; ours fills whole seconds after that was read."""
    acts = (
        Act(after=0.5, kind="buy_limit", lots=10, ticks=-3),
        Act(after=2.5, kind="resize", ticks=-8, pick=9),
        Act(after=5.0, kind="price", ticks=-8),
    )
    plan = Plan(seed=1, multipliers=("1",), mirrors=("sweep",), acts=acts)
    assert not run_day(plan, new_store(), rest_s=0).violations
    monkeypatch.setattr("engine.core.planning.children.want_change", lambda *_, **__: None)
    said = run_day(plan, new_store(), rest_s=0).violations
    assert any("2 wanted, 10 held" in each for each in said)


def test_what_others_close_after_a_write_off_is_caught(new_store, monkeypatch):
    """What was written off once excuses no second exit of what its owner has closed."""
    closed = (
        Act(after=6.0, kind="buy", lots=2),
        Act(after=3.0, kind="hand_close", follower=0, pick=1),
        *[Act(after=0.5, kind="wait", pick=9)] * 3,
        Act(after=1.0, kind="sell", lots=2),
    )
    acts = closed * 2
    plan = Plan(seed=1, multipliers=("1",), mirrors=("sweep",), acts=acts, symbols=(0,))
    assert not run_day(plan, new_store(), rest_s=0).violations
    honest = plan_exit._clamp

    def once(turn, context, wish):
        gone = any(part.gone for part in context.book.parts.values())
        return wish if gone else honest(turn, context, wish)

    monkeypatch.setattr(plan_exit, "_clamp", once)
    said = run_day(plan, new_store(), rest_s=0).violations
    assert any("the account has 0" in each for each in said)


def test_a_refused_cut_that_is_never_asked_again_is_caught(new_store, monkeypatch):
    """A stop is too large once he adds without us; refused for now, its cut is asked again."""
    acts = (
        Act(after=0.5, kind="buy", lots=10),
        Act(after=2.0, kind="protect", ticks=6),
        Act(after=2.0, kind="pause", follower=0),
        Act(after=1.0, kind="buy", lots=10),
        Act(after=8.0, kind="sell", lots=10),
    )
    busy = Trouble(kind="busy", account=1, operation="modify", nth=1)
    plan = Plan(
        seed=1, multipliers=("1",), mirrors=("sweep",), acts=acts, troubles=(busy,), symbols=(0,)
    )
    assert not run_day(plan, new_store(), rest_s=0).violations
    honest = changes._is_due

    def gives_up(turn, child, terms):
        change = child.change
        refused = change is not None and change.state is IntentState.REFUSED
        return not refused and honest(turn, child, terms)

    monkeypatch.setattr(changes, "_is_due", gives_up)
    said = run_day(plan, new_store(), rest_s=0).violations
    assert any("exits of SBIN" in each for each in said)
