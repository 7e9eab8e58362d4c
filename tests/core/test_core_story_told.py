"""The story of one order or one operation: which lines are in it, for whom, and under which title."""

from engine.core.chat.story import ChildRef, Step, Story, Subject, tell_operation, tell_order
from engine.core.state.turn import Decision
from engine.core.values import control as c
from engine.core.values.commands import Place
from engine.core.values.events import Asked, Event
from engine.core.values.market import AccountName, OrderId, Side
from engine.core.values.offers import OfferKind
from tests.core.core_offers import offered, press, the_offer
from tests.core.core_world import FATHER, MOTHER, OWNER, World, a_follower, an_order, done


class ToldWorld(World):
    """A world whose every event is kept with the records that were decided on it."""

    def __init__(self, *followers, **changed):
        self.steps: list[Step] = []
        super().__init__(*followers, **changed)

    def offer(self, event: Event) -> Decision:
        decision = super().offer(event)
        self.steps.append(Step(event=event, records=tuple(decision.records)))
        return decision

    def story(self, order_id: str = "M1", child: Place | None = None) -> Story:
        ref = child and ChildRef(tag=child.tag, venue=child.venue, follower=child.follower)
        return tell_order(order_id, OrderId(order_id), self.steps, child=ref)


def two() -> ToldWorld:
    return ToldWorld(a_follower("father"), a_follower("mother"))


def texts(story: Story) -> list[str]:
    return [f"{line.who}: {line.text}" for line in story.lines]


def in_order(story: Story, *wanted: str) -> None:
    rest = iter(texts(story))
    for text in wanted:
        assert any(text in line for line in rest), f"{text!r} in order in\n" + "\n".join(
            texts(story)
        )


def a_refused_entry(world: ToldWorld) -> tuple[Place, Place]:
    """The father's copy fills; the mother's is refused. Another order of the master is at work too."""
    world.master(an_order(price="99.5"))
    mine, hers = world.ack(), world.place()
    world.refuse(hers, message="Insufficient funds")
    world.master(an_order("M2", price="98", symbol="INFY"))
    world.refuse(world.place(), message="Insufficient funds")
    world.obliging = True
    world.master(done(price="99.5"))
    world.obliging = False
    return mine, hers


def test_a_master_order_is_told_for_all_and_nothing_of_his_other_orders():
    world = two()
    a_refused_entry(world)
    story = world.story()
    assert (story.subject, story.asked) == (Subject.MASTER_ORDER, "M1")
    assert story.title == "master order M1: BUY 10 NSE:SBIN MIS LIMIT 99.5"
    in_order(
        story,
        "master: order seen OPEN in the order book: BUY 10 NSE:SBIN MIS LIMIT 99.5",
        "father: takes part in LIVE at 1 of his units.",
        "father: entry decided: BUY 10 NSE:SBIN MIS LIMIT 99.5",
        "father: BUY 10 SBIN taken by the broker as order B1 after 0 ms.",
        'mother: BUY 10 SBIN REFUSED (margin) after 0 ms: "Insufficient funds".',
        'mother: alert (error): "BUY 10 SBIN was refused',
        "master: filled at 10:00:00: 10 opened or added; his net in NSE:SBIN is now +10.",
    )
    assert not [line for line in texts(story) if "INFY" in line]


def test_a_follower_order_is_told_with_the_master_s_side_and_without_the_other_account():
    world = two()
    mine, hers = a_refused_entry(world)
    story = world.story(child=mine)
    assert story.subject is Subject.FOLLOWER_ORDER
    assert story.title == (
        f"father's BUY 10 SBIN ({mine.tag}) for master order M1: BUY 10 NSE:SBIN MIS LIMIT 99.5"
    )
    assert {line.who for line in story.lines} == {"master", FATHER}
    in_order(world.story(child=hers), "mother: BUY 10 SBIN REFUSED", "mother: alert (error)")
    assert {line.who for line in world.story(child=hers).lines} == {"master", MOTHER}


def test_a_story_for_all_can_be_read_for_one_account_alone():
    world = two()
    a_refused_entry(world)
    mine = world.story().only("mother")
    assert {line.who for line in mine} == {"master", "mother"}
    assert mine != world.story().lines


def test_an_order_of_which_only_the_id_is_known_is_titled_by_it():
    """Its first records may be of a store that was taken away; what is left is told all the same."""
    world = two()
    mine, _ = a_refused_entry(world)
    world.steps.clear()
    story = world.story(child=mine)
    assert story.title == f"{mine.tag} for master order M1"
    assert story.lines == ()


def test_an_alert_belongs_to_the_order_of_the_account_that_it_names_as_a_word():
    """What was asked about before there was an order names its account in the words alone."""
    world = ToldWorld(a_follower("mother", ask_first=True), a_follower("other"))
    world.master(done())
    others = world.place()
    world.wait(3)
    press(world, the_offer(world, OfferKind.APPROVAL), "Copy")
    hers = world.place()
    assert (hers.follower, others.follower) == ("mother", "other")
    in_order(world.story(child=hers), "mother: BUY 10 SBIN as the master?", "entry decided")
    assert not [line for line in texts(world.story(child=others)) if "as the master?" in line]


def test_what_a_person_pressed_is_told_with_who_asked_and_what_came_of_it():
    world = two()
    a_refused_entry(world)
    (hers,) = [each for each in offered(world, OfferKind.ENTRY) if each.question.order_id == "M1"]
    reply = press(world, hers, "Retry")
    assert reply.accepted, reply.text
    again = world.place()
    assert (again.follower, again.side, again.quantity) == (MOTHER, Side.BUY, 10)
    in_order(
        world.story(),
        "mother: BUY 10 SBIN REFUSED",
        "owner: pressed a button.",
        'mother: owner chose "Retry". Sent: BUY 10 SBIN.',
        "mother: a person chose to copy it after all.",
        f"mother: entry decided: BUY 10 NSE:SBIN MIS LIMIT {again.price}, order 2 of this leg, tag {again.tag}.",
    )


def test_an_operation_is_told_with_everything_that_was_decided_on_it():
    world = two()
    world.steps.clear()
    reply = world.ask(c.PauseFollower(follower=FATHER))
    story = tell_operation(reply.op, reply.op, world.steps)
    assert (story.subject, story.title) == (Subject.OPERATION, f"operation {reply.op}")
    assert texts(story) == [
        "owner: asked to pause father.",
        "father: paused.",
        f': answered: "father is paused: no further entry. Its exits still follow the master." '
        f"(op {reply.op})",
    ]


def test_a_repeat_that_changed_nothing_adds_no_line():
    world = two()
    world.ask(c.PauseFollower(follower=FATHER), update_id=7)
    world.steps.clear()
    assert world.ask(c.PauseFollower(follower=AccountName("father")), update_id=7).duplicate
    event = world.steps[0].event
    assert isinstance(event, Asked)
    assert event.by == OWNER
    assert tell_operation("x", "x", world.steps).lines == ()
