from hypothesis import given
from hypothesis import strategies as st

from penchant.artifacts.vocabulary import GrownVocabulary, Vocabulary


@given(
    st.sets(st.text(st.characters(exclude_categories=["Cs"])), max_size=40),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_ids_and_codes_are_each_others_inverse(ids, other):
    ordered = sorted(ids)
    vocabulary = Vocabulary.of(ordered)
    assert len(vocabulary) == len(ordered)
    assert [vocabulary.id(code) for code in range(len(ordered))] == ordered
    assert [vocabulary.code(id_) for id_ in ordered] == list(range(len(ordered)))
    assert (vocabulary.code(other) is None) == (other not in ids)


def test_what_came_later_is_behind_and_found_all_the_same():
    grown = GrownVocabulary.following(["b", "d", "é"], ["a", "c", "z", "日"])
    again = Vocabulary.from_state(grown.state("items"), "items")
    for vocabulary in (grown, again):
        assert [vocabulary.id(code) for code in range(7)] == ["b", "d", "é", "a", "c", "z", "日"]
        assert [vocabulary.code(id_) for id_ in ("b", "d", "é", "a", "c", "z", "日")] == list(range(7))
        assert [vocabulary.code(id_) for id_ in ("", "aa", "bb", "e", "zz", "本")] == [None] * 6
