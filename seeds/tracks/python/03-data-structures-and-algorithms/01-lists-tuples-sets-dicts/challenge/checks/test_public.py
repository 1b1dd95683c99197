import word_frequency


def test_words_are_lower_cased():
    for text, expected in [
        ("The cat saw the dog", ["the", "cat", "saw", "the", "dog"]),
        ("two  spaces\nand\ta tab ", ["two", "spaces", "and", "a", "tab"]),
        ("", []),
    ]:
        actual = word_frequency.words_in(text)
        assert actual == expected, (
            f"words_in({text!r}) gave {actual!r} instead of {expected!r}. split() without an argument separates at any white space and leaves no empty pieces."
        )


def test_marks_are_stripped_at_the_ends():
    for text, expected in [
        ("Stop! Don't stop.", ["stop", "don't", "stop"]),
        ("a well-known - trick", ["a", "well-known", "trick"]),
        ('("Quoted," he said...)', ["quoted", "he", "said"]),
    ]:
        actual = word_frequency.words_in(text)
        assert actual == expected, (
            f"words_in({text!r}) gave {actual!r} instead of {expected!r}. Marks go at both ends of a word and stay inside it; a piece of nothing but marks is no word."
        )


def test_counts_words():
    for text, expected in [
        ("Stop! Don't stop.", {"stop": 2, "don't": 1}),
        ("one two two three three three", {"one": 1, "two": 2, "three": 3}),
    ]:
        actual = word_frequency.count_words(text)
        assert actual == expected, (
            f"count_words({text!r}) gave {actual!r} instead of {expected!r}: count the words that words_in finds"
        )


def test_counts_nothing_in_an_empty_text():
    for text in ["", " \n ", "-- !"]:
        actual = word_frequency.count_words(text)
        assert type(actual) is dict and actual == {}, (
            f"count_words({text!r}) gave {actual!r}: a text without words gives an empty dictionary"
        )


def test_most_frequent_words_first():
    for text, n, expected in [
        ("b a c b", 2, [("b", 2), ("a", 1)]),
        ("dog cat dog bird dog cat", 3, [("dog", 3), ("cat", 2), ("bird", 1)]),
    ]:
        actual = word_frequency.top_words(text, n)
        assert actual == expected, (
            f"top_words({text!r}, {n}) gave {actual!r} instead of {expected!r}: a list of tuples (word, count), greatest count first"
        )


def test_ties_are_in_alphabetical_order():
    for text, n, expected in [
        ("pear fig apple", 3, [("apple", 1), ("fig", 1), ("pear", 1)]),
        ("z z b b m a", 3, [("b", 2), ("z", 2), ("a", 1)]),
    ]:
        actual = word_frequency.top_words(text, n)
        assert actual == expected, (
            f"top_words({text!r}, {n}) gave {actual!r} instead of {expected!r}. Equal counts are in alphabetical order, not in the order of appearance; "
            "sort by the count downwards and the word upwards, before you cut the list off."
        )


def test_asking_for_too_many_or_none():
    for text, n, expected in [("b a", 5, [("a", 1), ("b", 1)]), ("b a", 0, []), ("", 3, [])]:
        actual = word_frequency.top_words(text, n)
        assert actual == expected, f"top_words({text!r}, {n}) gave {actual!r} instead of {expected!r}"


def test_shared_words():
    for first, second, expected in [
        ("To be.", "Be quick!", {"be"}),
        ("the cat and the dog", "A dog, a cat and a bird", {"cat", "and", "dog"}),
    ]:
        actual = word_frequency.shared_words(first, second)
        assert type(actual) is set, (
            f"shared_words({first!r}, {second!r}) gave {actual!r} of type {type(actual).__name__}; a set was promised"
        )
        assert actual == expected, (
            f"shared_words({first!r}, {second!r}) gave {actual!r} instead of {expected!r}: what both sets of words have"
        )


def test_nothing_shared_is_an_empty_set():
    for first, second in [("one", "two"), ("", "two"), ("", "")]:
        actual = word_frequency.shared_words(first, second)
        assert type(actual) is set and not actual, (
            f"shared_words({first!r}, {second!r}) gave {actual!r} instead of an empty set. Remember that {{}} is an empty dictionary."
        )
