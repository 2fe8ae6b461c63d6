from penchant.recipes.parts.sharing import Shelf, once, shared, sharing


def test_nothing_is_kept_where_nobody_shares():
    of = object()
    assert not sharing()
    assert once(of, "count", lambda: [1]) is not once(of, "count", lambda: [1])


def test_what_was_made_is_found_again_by_what_it_is_and_of_what():
    one, other = [0], [0]
    shelf = Shelf()
    with shared(shelf):
        assert sharing()
        made = once(one, "count", lambda: [1])
        assert once(other, "count", lambda: [2]) == [2]
        assert once(one, "sum", lambda: [3]) == [3]
    assert not sharing()
    with shared(shelf):
        assert once(one, "count", lambda: [4]) is made
    with shared(Shelf()):
        assert once(one, "count", lambda: [5]) == [5]


def test_what_something_was_made_of_is_not_taken_for_what_comes_after_it():
    """Where an object is gone, another may have its id."""
    with shared(Shelf()):
        assert [once([number], "it", lambda number=number: number) for number in range(100)] == list(range(100))
