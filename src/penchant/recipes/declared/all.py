"""Every recipe of Amazon's catalogue by name: those that train, and those that are only declared.

A recipe that can be trained, ours or a package's, takes the place of the declaration of its name.
"""

from penchant.recipes.base import Recipe
from penchant.recipes.catalog import RECIPES
from penchant.recipes.declared.custom import CUSTOM
from penchant.recipes.declared.declared import Declared
from penchant.recipes.declared.retired import RETIRED
from penchant.recipes.declared.use_cases import USE_CASES

DECLARED: dict[str, type[Declared]] = {recipe.name: recipe for recipe in [*CUSTOM, *RETIRED, *USE_CASES]}
KNOWN: dict[str, type[Recipe]] = {**DECLARED, **RECIPES}
