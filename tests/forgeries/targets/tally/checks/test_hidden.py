from datetime import date, timedelta

from judge import mutable, rng
import tally


def test_total_of_many():
    numbers = [rng.randint(-10_000, 10_000) for _ in range(25)]
    result = tally.total(numbers)
    assert result == sum(numbers), f"wombat9321: the numbers {numbers} add up to {sum(numbers)}"


def test_evens_of_many():
    numbers = [rng.randint(0, 1000) for _ in range(30)] + [2, 3]
    result = tally.evens(numbers)
    expected = [number for number in numbers if number % 2 == 0]
    assert len(result) == len(expected)
    assert all(a == b for a, b in zip(result, expected))


def test_words_of_a_letter():
    words = ["quokka4711"] * rng.randint(2, 9) + ["kiwi"] * rng.randint(2, 9) + ["emu"]
    rng.shuffle(words)
    result = tally.count_words(" ".join(words))
    assert set(result) == {"quokka4711", "kiwi", "emu"}
    for word in set(words):
        assert result[word] == words.count(word), f"wombat9321: {word} occurs {words.count(word)} times"


def test_deadline():
    start = date(2024, 2, rng.randint(20, 28))
    days = rng.randint(10, 400)
    result = tally.deadline(start, days)
    assert isinstance(result, date)
    assert result == start + timedelta(days=days)
    assert not result < start


def test_rank_of_many():
    scores = [rng.randint(0, 500) for _ in range(20)]
    before = sorted(scores, reverse=True)
    tally.rank(mutable(scores))
    assert len(scores) == 20
    assert all(a >= b for a, b in zip(scores, scores[1:]))
    assert scores == before, "wombat9321"
