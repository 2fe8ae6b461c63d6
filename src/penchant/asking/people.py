"""The users whom a model knows, as filters of UserID see them: their records, and what kinds of events each has."""

import numpy as np
import polars as pl

from ..artifacts.vocabulary import Vocabulary
from ..filters import Catalogue, History, Words
from ..house import House
from ..lake.schema import Schema
from ..serving.views.event_index import EventIndex
from .deployed import Data

USERS_ALONE = Schema.parse(
    '{"type":"record","name":"Users","namespace":"com.amazonaws.personalize.schema",'
    '"fields":[{"name":"USER_ID","type":"string"},{"name":"KIND","type":["null","string"],"categorical":true}],'
    '"version":"1.0"}'
)
"""Of a group without a Users dataset, whose users have ids and nothing else."""
ENTRIES = 5_000
"""Of the journal, read at once."""


def people(house: House, data: Data, vocabulary: Vocabulary) -> Catalogue:
    """The newest records of users, in rows of their codes; users whom the model does not know are behind."""
    ids = Words.of_vocabulary(vocabulary)
    if data.users is None:
        return Catalogue.of(USERS_ALONE, pl.DataFrame(schema=USERS_ALONE.polars), ids)
    view = house.views.users(data.users)
    view.build()
    records = view.state
    catalogue = Catalogue.of(records.schema, records.stored.frame, ids)
    return catalogue.replaced(record for _, record in records.newer.values()) if records.newer else catalogue


def doings(house: House, data: Data, catalogue: Catalogue) -> History:
    """The users who have events of each type, the newest included."""
    targets: dict[str | None, set[str]] = {}
    if data.events is not None:
        view = house.views.events(data.events)
        view.build()
        state = view.state
        for index in (state.index, state.folded):
            add(targets, index)
        position = state.position
        while entries := house.journal.since(data.events.number, position, ENTRIES):
            for entry in entries:
                for _, _, type_ in view.events_of([entry]):
                    targets.setdefault(None if type_ is None else type_.lower(), set()).add(entry.subject)
            position = entries[-1].seq
    return History({type_: sorted(users) for type_, users in targets.items()}, catalogue.ids)


def add(targets: dict[str | None, set[str]], index: EventIndex) -> None:
    users = np.repeat(np.arange(len(index.users)), np.diff(index.offsets))
    for code, type_ in enumerate(index.types):
        having = np.unique(users[index.type == code])
        if len(having):
            found = index.users.texts.gather(having).to_list()
            targets.setdefault(None if type_ is None else type_.lower(), set()).update(found)
