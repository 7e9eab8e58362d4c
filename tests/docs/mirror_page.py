"""Writes the tables of docs/mirroring.md: ``python -m tests.docs.mirror_page`` after a change.

What stands in a cell is what the engine's own decisions sent in the script of that row.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.core.values.instruments import Instrument
from engine.core.values.market import Exchange, OrderType, Product
from engine.core.values.rules import Mirror
from tests.docs.mirror_actions import ENTRIES, EXITS, STOP, STOP_MARKET, Act, resting
from tests.docs.mirror_play import Scene, a_scene, listed, outcome

PAGE = Path(__file__).parents[2] / "docs" / "mirroring.md"
BEGIN, END = "<!-- made by tests/docs/mirror_page.py: begin -->", "<!-- end -->"

#: Every kind of contract of the six segments, with a product it is traded under.
KINDS: tuple[tuple[str, str, Product], ...] = (
    ("NSE share", "NSE:SBIN", Product.MIS),
    ("NSE share, delivery", "NSE:M&M", Product.CNC),
    ("BSE share", "BSE:SBIN", Product.MIS),
    ("BSE share, margin funded", "BSE:SBIN", Product.MTF),
    ("NFO index future", "NFO:NIFTY26DECFUT", Product.NRML),
    ("NFO index option", "NFO:NIFTY26DEC26100PE", Product.NRML),
    ("NFO stock future", "NFO:RELIANCE26DECFUT", Product.MIS),
    ("NFO stock option", "NFO:RELIANCE26DEC1540CE", Product.NRML),
    ("BFO index future", "BFO:SENSEX26DECFUT", Product.NRML),
    ("BFO index option", "BFO:SENSEX26DEC85000CE", Product.MIS),
    ("MCX future (in lots)", "MCX:CRUDEOIL26DECFUT", Product.NRML),
    ("MCX option (in lots)", "MCX:CRUDEOIL26DEC5500CE", Product.NRML),
    ("CDS future (in lots)", "CDS:USDINR26DECFUT", Product.NRML),
    ("CDS option (in lots)", "CDS:USDINR26DEC86CE", Product.NRML),
)

TYPES: Mapping[str, Act] = {
    "MARKET": lambda scene: scene.him(filled=10, status="COMPLETE"),
    "LIMIT": resting,
    "SL": lambda scene: scene.him(price=40, trigger_price=30, **STOP),
    "SL-M": lambda scene: scene.him(trigger_price=30, **STOP_MARKET),
}
MODES = (Mirror.ORDERS, Mirror.SWEEP, Mirror.FILLS)


def played(
    act: Act, instrument: Instrument, product: Product, mirror: Mirror, *, held: bool
) -> Scene:
    """Return a scene in which an action was begun, ten lots held before where it is an exit."""
    scene = a_scene(instrument, product, mirror=mirror)
    if held:
        scene.hold()
    return scene


def cell(
    act: Act, instrument: Instrument, product: Product, mirror: Mirror, *, held: bool = False
) -> str:
    """Return what a follower gets of an action."""
    scene = played(act, instrument, product, mirror, held=held)
    return outcome(scene, act)


def modes_table(actions: Mapping[str, Act], *, held: bool) -> Iterator[str]:
    """Yield the table of actions by mode, on an NSE share."""
    yield "| the master's order | `orders` | `sweep` | `fills` |"
    yield "|---|---|---|---|"
    share = listed("NSE:SBIN")
    for name, act in actions.items():
        cells = [cell(act, share, Product.MIS, mode, held=held) for mode in MODES]
        shown = [cells[0], *("the same" if text == cells[0] else text for text in cells[1:])]
        yield f"| {name} | {' | '.join(shown)} |"


def types_table(*, held: bool) -> Iterator[str]:
    """Yield the table of order types by kind of contract, under ``sweep``."""
    yield f"| segment and contract | {' | '.join(TYPES)} |"
    yield "|---|---|---|---|---|"
    for title, key, product in KINDS:
        instrument = listed(key)
        cells = [_typed(name, instrument, product, held=held) for name in TYPES]
        yield f"| {title}, {product.value} | {' | '.join(cells)} |"


def _typed(name: str, instrument: Instrument, product: Product, *, held: bool) -> str:
    scene = a_scene(instrument, product)
    if held:
        scene.hold()
    act = EXIT_TYPES[name] if held else TYPES[name]
    text = outcome(scene, act, rest_s=4)
    copies = scene.world.state.children.values()
    translated = any(
        copy.note for copy in copies if copy.master_order_id == ("X1" if held else "M1")
    )
    return f"**{text}**" if translated else text


EXIT_TYPES: Mapping[str, Act] = {
    "MARKET": lambda scene: scene.him("X1", "SELL", filled=10, status="COMPLETE"),
    "LIMIT": lambda scene: scene.him("X1", "SELL", price=20),
    "SL": lambda scene: scene.him("X1", "SELL", price=-40, trigger_price=-30, **STOP),
    "SL-M": lambda scene: scene.him(
        "X1", "SELL", trigger_price=-30, order_type=OrderType.SL_M, status="TRIGGER PENDING"
    ),
}


def tables() -> str:
    """Return all tables of the page."""
    parts = [
        ["### Entries, by mirror mode (an NSE share, ten units)", ""],
        [*modes_table(ENTRIES, held=False), ""],
        ["### Exits, by mirror mode (ten units held by both)", ""],
        [*modes_table(EXITS, held=True), ""],
        ["### Every segment: entries of ten lots, in bold where it was translated", ""],
        [*types_table(held=False), ""],
        ["### Every segment: exits of the same ten lots, likewise", ""],
        list(types_table(held=True)),
    ]
    return "\n".join(line for part in parts for line in part)


def segments() -> set[str]:
    """Return the segments that the tables name."""
    return {key.partition(":")[0] for _, key, _ in KINDS} & {each.value for each in Exchange}


def main() -> None:
    """Write the tables into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
