"""Random filters of every form that the language has, with data and people to ask them about."""

from dataclasses import dataclass

import polars as pl
from hypothesis import strategies as st

from penchant.filters.catalogue import Catalogue
from penchant.filters.check import MOST_FIELDS
from penchant.filters.clauses import Question
from penchant.filters.history import History
from penchant.filters.kinds import Kind
from penchant.filters.tree import (
    Action,
    Among,
    Boolean,
    Comparison,
    Dataset,
    Expression,
    Field,
    Filter,
    Number,
    Operator,
    Parameter,
    Target,
    Text,
)
from penchant.filters.words import Words
from penchant.lake.schema import Schema
from tests.filters import evaluate
from tests.filters.conftest import SCHEMAS

IDS = ["a", "b", "c|d", "é", "購", "unknown", "without a record"]
TEXTS = ["", "a", "A", "b", "a b", "é", "e\u0301", "購入", "İ", "\0", '"', "\\", "x,y", "1"]
WHOLE = [0, 1, -1, 7, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)]
FRACTIONS = [0.0, -0.0, 0.1, 1.0, -1.0, 1e300, 5e-324, float(2**53), float(2**63)]
TYPES = ["click", "Click", "PURCHASE", "STRASSE", "straße", "İ", "購入", ""]
LISTS = {"C": ["true", "false"], "T": ["a", "é"], "U": ["", "x,y", '"'], "M": ["1", "0.10", "9007199254740993"]}
SINGLE = {"S": ["A"], "N": ["7"], "F": ["-1e0"], "B": ["True"]}
BARE = "MNFB"
NO_TYPE = "an event without a type"
ORDERS = [operator for operator in Operator if operator.orders]

texts = st.sampled_from(TEXTS)
several = st.lists(texts | st.just("*"), min_size=1, max_size=3).map("|".join)
numbers = st.sampled_from(WHOLE) | st.sampled_from(FRACTIONS)


def record_of(schema: Schema, names: list[str]) -> st.SearchStrategy:
    """A record without its key; some columns are null, some are not there."""
    by_type = {
        "boolean": st.booleans(),
        "string": several,
        "float": st.sampled_from([*FRACTIONS, float("nan")]),
        "long": st.sampled_from(WHOLE),
    }
    columns = {name: st.none() | by_type[schema.field(name).type] for name in names}
    return st.fixed_dictionaries({}, optional=columns)


COLUMNS = {
    Target.ITEM: (Dataset.ITEMS, ["GENRE", "CATEGORY", "DESCRIPTION", "YEAR", "PRICE", "ADULT"]),
    Target.USER: (Dataset.USERS, ["MEMBERSHIP", "INTERESTS", "AGE", "VIP"]),
    Target.ACTION: (Dataset.ACTIONS, ["MEMBERSHIP_LEVEL", "VALUE"]),
}
EVENTS = {
    Target.ITEM: Dataset.INTERACTIONS,
    Target.USER: Dataset.INTERACTIONS,
    Target.ACTION: Dataset.ACTION_INTERACTIONS,
}
OF_USERS = ["MEMBERSHIP", "INTERESTS", "AGE", "VIP"]
OF_ITEMS = {Kind.TEXT: ["GENRE", "CATEGORY", "DESCRIPTION"], Kind.NUMBER: ["YEAR", "PRICE"], Kind.BOOLEAN: ["ADULT"]}


def condition_on(dataset: Dataset, name: str, kind: Kind, items: bool) -> st.SearchStrategy:
    """`items`: whether there is a CurrentItem to compare with."""
    field = st.sampled_from([name, name.lower(), name.title()]).map(lambda written: Field(dataset, written))
    literals = st.builds(Text, texts | st.just("a|b"))
    lists, single = st.sampled_from("TU"), st.just("S")
    if kind is Kind.BOOLEAN:
        literals = st.builds(Boolean, st.booleans()) | st.builds(Text, st.sampled_from(["true", " FALSE"]))
        lists, single = st.just("C"), st.just("B")
    if kind is Kind.NUMBER:
        literals = st.builds(Number, numbers) | st.builds(Text, numbers.map(repr))
        lists, single = st.just("M"), st.sampled_from("NF")
    one = literals | st.builds(Parameter, single)
    any_ = one | st.builds(Parameter, lists)
    other = st.builds(Field, st.just(Dataset.CURRENT_ITEM), st.sampled_from(OF_ITEMS[kind])) if items else st.nothing()
    operators = st.sampled_from([Operator.EQUAL, Operator.UNEQUAL, *(ORDERS if kind is Kind.NUMBER else [])])
    many = st.integers(1, 3) | st.just(12)  # beyond a few, masks are made another way
    some_of = {
        each: many.flatmap(lambda n, each=each: st.lists(each, min_size=1, max_size=n).map(tuple))
        for each in (any_, literals)
    }
    return (
        st.builds(Among, field, some_of[any_] | other, st.just(False))
        | st.builds(Among, field, some_of[literals] | other, st.just(True))
        | st.builds(Comparison, field, operators, one | other)
    )  # fmt: skip


def conditions_on(dataset: Dataset, names: list[str], items: bool) -> st.SearchStrategy:
    kinds = {name: Kind.of(SCHEMAS[dataset.type].field(name)) for name in names}
    return st.one_of([condition_on(dataset, name, kinds[name], items) for name in names])


def filters_of(target: Target) -> st.SearchStrategy:
    dataset, names = COLUMNS[target]
    key = str(SCHEMAS[dataset.type].key)
    ids = st.lists(st.sampled_from(IDS).map(Text), min_size=1, max_size=3).map(tuple)
    by_id = st.builds(Among, st.just(Field(dataset, key)), ids, st.booleans())
    of_records = conditions_on(dataset, names, target is Target.ITEM) | by_id
    types = st.lists(st.sampled_from([*TYPES, "*"]).map(Text), min_size=1, max_size=2).map(tuple)
    event_type = st.just(Field(EVENTS[target], "event_type"))
    of_events = st.builds(Among, event_type, types, st.booleans()) | st.builds(
        Among, event_type, st.just((Parameter("T"), Text("click"))), st.just(False)
    )
    if_ = conditions_on(Dataset.CURRENT_USER, OF_USERS, target is Target.ITEM)
    if_way = st.lists(if_, min_size=1, max_size=2).map(tuple)
    only_if = st.lists(if_way, max_size=2 if target is not Target.USER else 0).map(tuple)
    ways = st.one_of(
        [st.lists(st.lists(each, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)
         for each in (of_records, of_records, of_events)]
    )  # fmt: skip
    expression = st.builds(Expression, st.sampled_from(Action), st.just(target), ways, only_if)
    found = st.builds(Filter, st.lists(expression, min_size=1, max_size=4).map(tuple))
    return found.filter(lambda filter_: len(filter_.field_keys) <= MOST_FIELDS)


FILTERS = {target: filters_of(target) for target in Target}
RECORDS = {target: record_of(SCHEMAS[dataset.type], names) for target, (dataset, names) in COLUMNS.items()}
PEOPLE = record_of(SCHEMAS["USERS"], OF_USERS)


@dataclass(frozen=True)
class World:
    filter: Filter
    catalogue: Catalogue
    question: Question
    """For masks, with no values yet."""
    written: dict[str, str]
    """`filterValues`."""
    given: dict[str, tuple[str, ...]]
    """What they say."""
    candidates: dict[str, evaluate.Candidate]
    """By id, in the order of the rows."""
    user: dict
    item: dict


@st.composite
def worlds(draw: st.DrawFn) -> World:
    target = draw(st.sampled_from([Target.ITEM, Target.ITEM, Target.USER, Target.ACTION]))
    dataset, names = COLUMNS[target]
    schema = SCHEMAS[dataset.type]
    key = str(schema.key)
    ids = draw(st.permutations(IDS))
    record = RECORDS[target]
    imported = [
        {key: id_, **draw(record)} for id_ in draw(st.lists(st.sampled_from([*IDS, "nobody knows"]), max_size=9))
    ]
    streamed = [{key: id_, **draw(record)} for id_ in draw(st.lists(st.sampled_from([*IDS, "new", "新"]), max_size=3))]
    catalogue = Catalogue.of(schema, frame(imported, schema, key), Words.of(ids), [name.lower() for name in names])
    if streamed or draw(st.booleans()):
        catalogue = catalogue.replaced(streamed)
    ids += dict.fromkeys(each[key] for each in streamed if each[key] not in ids)
    rows = {id_: {key: id_} for id_ in ids}
    rows |= {each[key]: plain(each) for each in (*imported, *streamed) if each[key] in rows}

    events = draw(st.lists(st.tuples(st.sampled_from([*ids, "gone"]), st.none() | st.sampled_from(TYPES)), max_size=9))
    most = draw(st.integers(1, 3))
    history, types = History.of(as_drawn(draw, events, ids), catalogue, most), newest(events, most)
    user = draw(PEOPLE) if target is not Target.USER else {}
    current = draw(st.none() | st.integers(0, len(ids) - 1)) if target is Target.ITEM else None
    given = {name: tuple(texts) for name, texts in (LISTS | SINGLE).items() if draw(st.integers(0, 7))}
    return World(
        draw(FILTERS[target]),
        catalogue,
        Question(catalogue, user=user, current_item=current, history=history),
        {name: draw(written(name, texts)) for name, texts in given.items()},
        given,
        {id_: evaluate.Candidate(row, frozenset(types.get(id_, ()))) for id_, row in rows.items()},
        plain(user),
        {} if current is None else rows[ids[current]],
    )


def frame(records: list[dict], schema: Schema, key: str) -> pl.DataFrame:
    """With only the columns that some record has."""
    names = dict.fromkeys([key, *(name for record in records for name in record)])
    return pl.DataFrame(records, schema={name: schema.polars[name] for name in names})


def plain(record: dict) -> dict:
    """What is no number is a null."""
    return {name: None if value != value else value for name, value in record.items()}


def as_drawn(draw: st.DrawFn, events: list, ids: list[str]) -> list:
    """Some ids as rows."""
    by_row = [draw(st.booleans()) for _ in events]
    return [
        (ids.index(id_) if row and id_ in ids else id_, type_) for row, (id_, type_) in zip(by_row, events, strict=True)
    ]


def newest(events: list, most: int) -> dict[str, set[str]]:
    """The event types of each id among the newest events of each type."""
    found: dict[str, set[str]] = {}
    for type_ in {None if type_ is None else type_.lower() for _, type_ in events}:
        same = [id_ for id_, other in events if type_ == (None if other is None else other.lower())]
        for id_ in same[-most:]:
            found.setdefault(id_, set()).add(NO_TYPE if type_ is None else type_)
    return found


def written(name: str, texts: tuple[str, ...]) -> st.SearchStrategy:
    quoted = ",".join('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return st.sampled_from([quoted, ", ".join(texts)]) if name in BARE else st.just(quoted)
