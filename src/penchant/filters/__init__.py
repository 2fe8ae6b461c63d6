"""The filter language: text to tree, the checks of a tree against schemas, and masks over catalogues."""

from .catalogue import Catalogue
from .check import check
from .clauses import Question
from .errors import FilterError
from .history import ACTION_EVENTS, ITEM_EVENTS, History
from .masks import Compiled, compile_filter, compile_text
from .parse import parse
from .prints import prints
from .removals import Removal, removals, removals_of
from .tree import Filter
from .values import Values
from .words import Words

__all__ = [
    "ACTION_EVENTS",
    "ITEM_EVENTS",
    "Catalogue",
    "Compiled",
    "Filter",
    "FilterError",
    "History",
    "Question",
    "Removal",
    "Values",
    "Words",
    "check",
    "compile_filter",
    "compile_text",
    "parse",
    "prints",
    "removals",
    "removals_of",
]
