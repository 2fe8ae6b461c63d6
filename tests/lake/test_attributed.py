"""The figures of metric attributions, against a plain reckoning of the same events."""

import json
from collections import defaultdict

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from penchant.lake.attributed import FIGURES, UNDEFINED, Expression, Metric, figures

ARN = "arn:aws:personalize:eu-west-1:000000000000:campaign/Mine"
SHOWN = {"RID-1": ARN}
PRICES = {"i1": 2.5, "i2": 4.0}
COUNT, VALUES, MARGIN = Expression(), Expression("INTERACTIONS", "EVENT_VALUE"), Expression("ITEMS", "MARGIN")
SCHEMA = {
    "ITEM_ID": pl.String,
    "TIMESTAMP": pl.Int64,
    "EVENT_TYPE": pl.String,
    "EVENT_VALUE": pl.Float64,
    "EVENT_ATTRIBUTION_SOURCE": pl.String,
    "RECOMMENDATION_ID": pl.String,
    "_sequence": pl.Int64,
    "_extra": pl.String,
}

event = st.fixed_dictionaries(
    {
        "ITEM_ID": st.sampled_from(["i1", "i2", "i3", None]),
        "TIMESTAMP": st.integers(-5_000, 5_000),
        "EVENT_TYPE": st.sampled_from(["view", "View", "buy", "other", None]),
        "EVENT_VALUE": st.sampled_from([None, 0.5, 2.0, -1.0]),
        "EVENT_ATTRIBUTION_SOURCE": st.sampled_from([None, "", "web", "Web", "mail"]),
        "RECOMMENDATION_ID": st.sampled_from([None, "RID-1", "RID-9"]),
        "_sequence": st.integers(0, 20),
        "_extra": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {},
                optional={
                    "RECOMMENDED_BY": st.just(ARN + "2"),
                    "EVENT_ATTRIBUTION_SOURCE": st.just("aside"),
                    "n": st.just(1),
                },
            ).map(json.dumps),
        ),
    }
)
metric = st.builds(
    Metric,
    st.sampled_from(["Views", "margin"]),
    st.sampled_from(["VIEW", "buy", "nothing"]),
    st.sampled_from([COUNT, VALUES, MARGIN]),
    st.integers(0, 20),
)


def source_of(event: dict) -> str:
    extra = json.loads(event["_extra"] or "{}")
    if named := event["EVENT_ATTRIBUTION_SOURCE"] or extra.get("EVENT_ATTRIBUTION_SOURCE"):
        return named.upper()
    return extra.get("RECOMMENDED_BY") or SHOWN.get(event["RECOMMENDATION_ID"]) or UNDEFINED


def worth(event: dict, expression: Expression) -> float:
    if expression == COUNT:
        return 1.0
    if expression == VALUES:
        return event["EVENT_VALUE"] or 0.0
    return PRICES.get(event["ITEM_ID"], 0.0)


@given(
    st.lists(event, max_size=12),
    st.lists(metric, max_size=3, unique_by=lambda each: each.name),
    st.sampled_from([900, 1800]),
)
def test_as_if_reckoned_by_hand(events, metrics, window):
    wanted = defaultdict(float)
    for each in metrics:
        for told in events:
            if (told["EVENT_TYPE"] or "").upper() == each.event_type.upper() and told["_sequence"] >= each.since:
                key = (each.name.upper(), source_of(told), told["TIMESTAMP"] // window * window)
                wanted[key] += worth(told, each.expression)
    items = pl.LazyFrame({"ITEM_ID": list(PRICES), "MARGIN": list(PRICES.values())})
    found = figures(pl.LazyFrame(events, schema=SCHEMA), metrics, items, SHOWN.get, window)
    assert found.schema == FIGURES
    rows = found.rows(named=True)
    assert {
        (row["METRIC_NAME"], row["EVENT_ATTRIBUTION_SOURCE"], row["TIMESTAMP"]): row["VALUE"] for row in rows
    } == wanted
    assert len(rows) == len(wanted)
    assert [row["TIMESTAMP"] for row in rows] == sorted(row["TIMESTAMP"] for row in rows)


def test_a_schema_with_the_least_columns():
    events = pl.LazyFrame({"ITEM_ID": ["i1"], "TIMESTAMP": [1000], "EVENT_TYPE": ["view"], "_sequence": [1]})
    (row,) = figures(events, [Metric("views", "View", COUNT), Metric("margin", "buy", MARGIN)]).rows()
    assert row == ("VIEWS", "VIEW", 1.0, "samplecount", UNDEFINED, 900)
    (row,) = figures(events, [Metric("margin", "view", MARGIN)]).rows()
    assert row == ("MARGIN", "VIEW", 0.0, "sum", UNDEFINED, 900)


def test_expressions():
    assert Expression.parse(" samplecount( ) ") == COUNT
    assert Expression.parse("SUM(ITEMS.margin)") == Expression("ITEMS", "margin")
    assert Expression.parse("sum( Interactions . EVENT_VALUE )") == VALUES
    assert [
        Expression.parse(text) for text in ("", "SUM()", "SUM(Users.AGE)", "AVG(Items.PRICE)", "SAMPLECOUNT(x)")
    ] == [None] * 5
