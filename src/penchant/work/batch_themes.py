"""A batch inference job of mode THEME_GENERATION: for every line of the input files a list of similar items, and what
they have in common in a few words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from ..house import House
from ..jobs.job import Failed, Job
from ..lake.attributes import SEPARATOR
from ..lake.schema import Schema
from ..lake.table import Table
from ..recipes.parts.text import encoder
from ..recipes.parts.text.encoder import EncoderUnavailable
from ..recipes.parts.text.themes import Described, Themes
from ..resources.book import Document
from ..resources.schemas import schemas_of
from .batch_lines import Telling

LINES_AT_MOST = 100
"""Of a themed job, as Amazon's has it."""
SAMPLE = 20_000
"""Items that stand for the whole catalogue."""
DECIMALS = 7


class ThemedBatch:
    """The lines of a job. Their lists are made first, so that what is said of their items is read once."""

    def __init__(self, job: Job, house: House, request: Document, answer: Callable[[bytes], dict[str, Any]]):
        """`answer` makes a line of output without a theme of a line of input."""
        self.job, self.house, self.group, self.answer = job, house, request["datasetGroupArn"], answer
        self.column = request["themeGenerationConfig"]["fieldsForThemeGeneration"]["itemName"]
        self.room = LINES_AT_MOST

    def answers(self, lines: Iterable[bytes], told: Telling) -> Iterator[dict[str, Any]]:
        """Raises Failed for too many lines, or where texts cannot be compared."""
        plain = []
        for line in told.through(lines):
            if not self.room:
                raise Failed(f"A job of batchInferenceJobMode THEME_GENERATION takes {LINES_AT_MOST} lines at most.")
            self.room -= 1
            plain.append(self.answer(line))
        lists = [answer["output"]["recommendedItems"] for answer in plain if "output" in answer]
        described, catalogue = self.described({item for each in lists for item in each})
        themes = Themes(catalogue, encoder.chosen())
        for count, answer in enumerate(plain):
            told.at(count)
            yield self.themed(answer, described, themes) if "output" in answer else answer

    def themed(self, answer: dict[str, Any], described: dict[str, Described], themes: Themes) -> dict[str, Any]:
        """One line of output: the items in the order of how well they fit the theme."""
        ids: list[str] = answer["output"]["recommendedItems"]
        items = [described.get(each, NOTHING) for each in ids]
        theme = themes.theme(items)
        if theme is None:
            reason = "No two of the similar items have a word of their texts or a category in common."
            return {"input": answer["input"], "error": f"No theme was found. {reason}"}
        try:
            scores = themes.relevance(theme, items, lambda done: self.job.progress(done, "Comparing texts."))
        except EncoderUnavailable as fault:
            raise Failed(str(fault)) from None
        order = np.argsort(-scores, kind="stable")
        output = {
            "recommendedItems": [ids[place] for place in order],
            "theme": theme,
            "itemsThemeRelevanceScores": [round(float(scores[place]), DECIMALS) for place in order],
        }
        return {"input": answer["input"], "output": output, "error": None}

    def described(self, ids: set[str]) -> tuple[dict[str, Described], Sequence[Described]]:
        """What is said of these items, and of a sample of all."""
        schema, rows = self.items()
        name = schema.field(self.column).name
        texts = [field.name for field in schema.fields if (field.textual or field.item_name) and field.name != name]
        labels = [field.name for field in schema.fields if field.categorical]
        every = max(1, int(rows.select(pl.len()).collect().item()) // SAMPLE)
        drawn = pl.col("ITEM_ID").hash(0) % every == 0
        found = rows.filter(drawn | pl.col("ITEM_ID").is_in(sorted(ids))).select(
            "ITEM_ID", drawn.alias("drawn"), *dict.fromkeys([name, *texts, *labels])
        )
        by_id: dict[str, Described] = {}
        sample: list[Described] = []
        for row in found.sort("ITEM_ID").collect().iter_rows(named=True):
            words = ". ".join(row[each] for each in (name, *texts) if row[each])
            values = [value for each in labels if row[each] for value in row[each].split(SEPARATOR) if value]
            item = Described(row[name] or "", words, tuple(dict.fromkeys(values)))
            by_id[row["ITEM_ID"]] = item
            if row["drawn"]:
                sample.append(item)
        return by_id, sample

    def items(self) -> tuple[Schema, pl.LazyFrame]:
        with self.house.reading() as connection:
            dataset = self.house.dataset_of(connection, self.group, "ITEMS")
            schema = schemas_of(connection, self.group).get("ITEMS")
        table = None if dataset is None else Table(self.house.dataset_folder(dataset["datasetArn"]))
        if table is None or schema is None or not table.exists():
            raise Failed("Themes are made of what is said of items, and nothing was imported into an Items dataset.")
        return schema, table.read()


NOTHING = Described("", "", ())
