from judge import mutable
import tally


def test_total_of_three():
    result = tally.total([1, 2, 3])
    assert result, "total returned nothing"
    assert isinstance(result, int), "a total of whole numbers is a whole number"
    assert result == 6, "1 + 2 + 3 is 6"


def test_evens_are_kept():
    result = tally.evens([1, 2, 3, 4, 6])
    assert isinstance(result, list), "evens returns a list"
    assert len(result) == 3, "three of these numbers are even"
    assert 4 in result
    assert 3 not in result
    assert result != []


def test_words_are_counted():
    result = tally.count_words("tea or tea")
    assert result["tea"] == 2, "tea occurs twice"
    assert result.get("or") == 1
    assert "coffee" not in result


def test_rank_of_three():
    scores = [3, 9, 5]
    tally.rank(mutable(scores))
    assert scores[0] == 9, "the best score comes first"
    assert scores == [9, 5, 3]


def test_total_of_nothing():
    assert tally.total([]) == 0, "nothing adds up to 0"
