"""The items that a model may answer, as filters see them, with the newest of what is known of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ...artifacts.vocabulary import Vocabulary
from ...filters.catalogue import Catalogue
from ...filters.words import Words
from .records import Record, Records, RecordView, newer_than
from .view import View


@dataclass(frozen=True, eq=False)
class Items:
    records: Records
    catalogue: Catalogue


class ItemView(View[Items]):
    """Of one model; the records are shared by all models on a dataset."""

    def __init__(self, records: RecordView, folder: Path, vocabulary: Vocabulary):
        super().__init__()
        self.records, self.folder, self.vocabulary = records, folder, vocabulary
        self._known: Words | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The model's items in rows of their codes. Others are behind, and may have another row in the next one."""
        return self.state.catalogue

    def metadata(self, item_ids: Sequence[str], columns: Collection[str]) -> list[Record]:
        """Values as they were given, by column as the schema spells it; nulls are absent. Any column can be asked
        for, whether filters can use it or not."""
        return self.state.records.values(item_ids, columns)

    def next(self, state: Items | None, thorough: bool) -> Items:
        self.records.build()
        self.records.refresh()
        records = self.records.state
        if state is None or records.stored is not state.records.stored:
            catalogue = self.of_stored(records)
            newer = [record for _, record in records.newer.values()]
        else:
            catalogue = state.catalogue
            newer = [] if records.newer is state.records.newer else list(newer_than(state.records, records))
        if state is not None and catalogue is state.catalogue and not newer:
            return replace(state, records=records)
        return Items(records, catalogue.replaced(newer) if newer else catalogue)

    def of_stored(self, records: Records) -> Catalogue:
        if self._known is None:
            self._known = Words.of_vocabulary(self.vocabulary)
        ids = records.stored.frame.select(pl.col(str(records.schema.key)).alias("id"))
        known = self._known.texts.alias("id").to_frame()
        later = ids.join(known, on="id", how="anti", maintain_order="left")["id"]
        return Catalogue.of(records.schema, records.stored.frame, self._known.extended(later.to_list()))

    def __str__(self) -> str:
        return f"The view of the items of {self.folder}"
