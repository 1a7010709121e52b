"""A released data set's annotation files: which clips there are, and which of them make a fixed test set."""

from vidchatbench.release.build import Built, build
from vidchatbench.release.mapping import Mapping, load_mapping
from vidchatbench.release.recipe import Recipe, load_recipe, recipes

__all__ = ["Built", "Mapping", "Recipe", "build", "load_mapping", "load_recipe", "recipes"]
