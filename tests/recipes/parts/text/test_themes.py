"""Themes: what the items of a list share and others do not, and how well each fits."""

import numpy as np
import pytest

from penchant.recipes.parts.text.encoder import Encoder
from penchant.recipes.parts.text.kept import Kept
from penchant.recipes.parts.text.themes import Described, Themes, runs

OTHERS = [Described(f"Thing {number}", f"Thing {number}. A plain thing of steel", ("Tools",)) for number in range(40)]


def film(name: str, text: str = "", *labels: str) -> Described:
    return Described(name, f"{name}. {text}", labels)


def silent(done: float) -> None:
    pass


@pytest.mark.parametrize(
    ("items", "theme"),
    [
        ([film("Star Wars IV"), film("Star Wars V"), film("The Star Wars story")], "Star Wars"),
        ([film("A", "", "Sci-Fi"), film("B", "", "Sci-Fi"), film("C", "", "Sci-Fi", "War")], "Sci-Fi"),
        ([film("Red mug", "", "Cups"), film("blue mug", "", "Cups"), film("green mug", "", "Cups")], "Cups and mug"),
        # In all of the catalogue, so that it says little of the list.
        ([film("Steel hammer", "", "Tools"), film("A small hammer", "", "Tools")], "Hammer"),
        ([film("One"), film("Two"), film("Three")], None),
        ([], None),
        ([Described("", "", ())] * 3, None),
    ],
)
def test_a_theme_is_what_many_of_the_list_and_few_others_have(items, theme):
    assert Themes([*OTHERS, *items]).theme(items) == theme


def test_what_a_third_has_goes_behind_what_all_have():
    items = [film(f"Ice age {number}", "", "Animation") for number in range(2)]
    items += [film(f"{name} story", "", "Animation") for name in ("Toy", "Shrek", "Nemo", "Bambi")]
    assert Themes([*OTHERS, *items]).theme(items).startswith("Animation")


def test_words_are_written_as_most_items_write_them():
    items = [film("NASA flight"), film("Nasa base"), film("NASA crew")]
    assert Themes([*OTHERS, *items]).theme(items) == "NASA"


def test_the_items_that_fit_are_told_from_those_that_do_not():
    mugs = [film(f"{colour} coffee mug", "For hot coffee", "Cups") for colour in ("red", "blue", "green", "black")]
    rest = [film("garden hose", "Ten metres of hose", "Garden"), Described("", "", ())]
    themes = Themes([*OTHERS, *mugs, *rest])
    theme = themes.theme([*mugs, *rest])
    scores = themes.relevance(theme, [*mugs, *rest], silent)
    assert scores.shape == (6,) and scores.dtype == np.float32
    assert scores[:4].min() > 0.3 > scores[4] and scores[5] == 0
    assert np.all(np.abs(scores) <= 1 + 1e-6)


class Letters:
    """A language model that knows letters."""

    name = "letters"

    def encode(self, texts):
        return np.array([[text.lower().count(letter) for letter in "abcdefghij"] for text in texts], np.float32) + 0.01


def test_a_chosen_language_model_tells_how_well_items_fit(tmp_path):
    themes = Themes(OTHERS, Encoder(Letters(), Kept(tmp_path / "texts.db")))
    scores = themes.relevance("abc", [film("cab"), film("hij"), Described("", "", ())], silent)
    assert scores[0] > 0.9 > scores[1] and scores[2] == 0


def test_phrases_end_at_punctuation_stop_words_and_numbers():
    assert runs("Lord of the Rings: 2 Towers, new-made") == [["Lord"], ["Rings"], ["Towers"], ["new-made"]]
    assert runs("") == []
