"""How counts are told to people: ``1 order``, ``2 orders``; what there is none of is not mentioned."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return a count with its words.

    Args:
        number: How many.
        one: The words behind ``1``: a noun, or a sentence whose verb goes with it.
        many: The words behind every other number; ``one`` with an s where it is not given.
    """
    return f"1 {one}" if number == 1 else f"{number} {many or f'{one}s'}"


def mentioned(*counts: tuple[int, str, str]) -> list[str]:
    """Return each count with its words for one and for more, without those that are 0."""
    return [counted(number, one, many) for number, one, many in counts if number]
