"""The filter language: text to tree, and the checks of a tree against schemas."""

from .check import check
from .errors import FilterError
from .parse import parse
from .tree import Filter

__all__ = ["Filter", "FilterError", "check", "parse"]
