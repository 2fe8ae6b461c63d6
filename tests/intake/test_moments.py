import pytest

from penchant.intake.moments import doubt, seconds

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1553631760, 1553631760),
        (1553631760.999, 1553631760),
        (-0.5, -1),
        ("1553631760", 1553631760),
        (" 1553631760.7 ", 1553631760),
        ("-0.5", -1),
        ("1.5e9", 1_500_000_000),
        ("20190326", 20190326),  # a number before it is a date
        ("2019-03-26T20:22:40Z", 1553631760),
        ("2019-03-26T20:22:40.900", 1553631760),
        ("2019-03-26T21:22:40+01:00", 1553631760),
        ("2019-03-26", 1553558400),
        ("1969-12-31T23:59:59.5Z", -1),
        ("9999-12-31T23:59:59-23:59", 253402387139),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**63, None),
        (-(2**63) - 1, None),
        (1e300, None),
        (float(2**63), None),
        (float("nan"), None),
        (float("inf"), None),
        ("NaN", None),
        ("inf", None),
        ("1e400", None),
        ("9" * 5000, None),
        ("", None),
        ("yesterday", None),
        ("1_553_631_760", None),
        ("١٥٥٣", None),
        ("2019-13-01", None),
    ],
)
def test_times_in_every_form(value: int | float | str, moment: int | None) -> None:
    assert seconds(value) == moment


@pytest.mark.parametrize(
    ("moment", "word"),
    [
        (NOW, None),
        (NOW + 86_400, None),
        (1, None),
        (NOW + 86_401, "day in the future"),
        (253_402_300_799, "day in the future"),
        (253_402_300_800, "milliseconds"),
        (NOW * 1000, "milliseconds"),
        (0, "not later than 1970"),
        (-5, "not later than 1970"),
    ],
)
def test_strange_times_are_told(moment: int, word: str | None) -> None:
    told = doubt(moment, NOW, "sentAt")
    assert told is None if word is None else told and told.startswith("sentAt ") and word in told
