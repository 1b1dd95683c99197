from collections import Counter

from judge import rng

import word_frequency

VOCABULARY = (
    "river stone lamp don't garden well-known window it's paper clock bread o'clock yellow silent north "
    "bridge corner e-mail winter harbour mother-in-law pencil music summer valley"
).split()
MARKS = ["", "", "", ",", ".", "!", "?", "...", ";", ":", "!?"]


def text_and_words(count):
    """A text with punctuation, capitals and all kinds of white space, and the words it is made of."""
    chosen = rng.sample(VOCABULARY, rng.randint(5, 18))
    words = [rng.choice(chosen) for _ in range(count)]
    pieces = []
    for word in words:
        written = rng.choice([word, word, word.capitalize(), word.upper()])
        pieces.append(rng.choice(["", "", '"', "("]) + written + rng.choice(MARKS))
        pieces.append(rng.choice([" ", " ", "  ", "\n", "\t", " - "]))
    return "".join(pieces), words


def test_words_of_any_text():
    for _ in range(12):
        text, expected = text_and_words(rng.randint(1, 40))
        actual = word_frequency.words_in(text)
        assert actual == expected, f"words_in({text!r}) gave {actual!r} instead of {expected!r}"


def test_counts_of_any_text():
    for _ in range(12):
        text, words = text_and_words(rng.randint(1, 60))
        expected = dict(Counter(words))
        actual = word_frequency.count_words(text)
        assert actual == expected, f"count_words({text!r}) gave {actual!r} instead of {expected!r}"


def test_counts_a_long_text():
    words = [f"{rng.choice(VOCABULARY)}{rng.randint(1, 15000)}" for _ in range(20000)]
    expected = dict(Counter(words))
    actual = word_frequency.count_words(" ".join(words))
    assert actual == expected, "the counts of a text of 20 000 words are not right"


def test_ranking_of_any_text():
    for _ in range(12):
        text, words = text_and_words(rng.randint(1, 60))
        n = rng.randint(1, 20)
        expected = sorted(sorted(Counter(words).items()), key=lambda entry: entry[1], reverse=True)[:n]
        actual = word_frequency.top_words(text, n)
        assert actual == expected, f"top_words({text!r}, {n}) gave {actual!r} instead of {expected!r}"


def test_shared_words_of_any_texts():
    for _ in range(12):
        first, first_words = text_and_words(rng.randint(1, 30))
        second, second_words = text_and_words(rng.randint(1, 30))
        expected = {word for word in first_words if word in second_words}
        actual = word_frequency.shared_words(first, second)
        assert type(actual) is set and actual == expected, (
            f"shared_words({first!r}, {second!r}) gave {actual!r} instead of {expected!r}"
        )
