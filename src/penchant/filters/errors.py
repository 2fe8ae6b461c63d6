"""What is wrong with a filter or with the values that come with a request, in AWS's words where they are known."""

TAKEN_WHERE_EXTENDED = "Penchant takes it with PENCHANT_EXTENDED_FILTERS=true."


class FilterError(ValueError):
    """The filter cannot be made, or cannot be used with these values. The message says what is wrong, where, and what
    would be right."""

    def __init__(self, sentence: str, at: int | None = None):
        super().__init__(sentence)
        self.at = at
        """How many characters stand before the place of the fault; None where it is not a place in an expression."""


def invalid(fault: str, at: int | None = None, right: str = "") -> FilterError:
    """`fault` may hold '{place}', which becomes ' at position 12'; people count characters from 1."""
    place = "" if at is None else f" at position {at + 1}"
    return not_created(f"Invalid Expression: {fault.replace('{place}', place)}. {right}".rstrip(), at)


def placeholder_refused(parameter: str, at: int) -> FilterError:
    return not_created(f"Invalid input symbol: {parameter}. Placeholders are not allowed with NOT_IN operator.", at)


def not_created(sentence: str, at: int | None) -> FilterError:
    return FilterError(f"Could not create filter. {sentence}", at)
