from hypothesis import given
from hypothesis import strategies as st

from penchant.artifacts.vocabulary import Vocabulary


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
