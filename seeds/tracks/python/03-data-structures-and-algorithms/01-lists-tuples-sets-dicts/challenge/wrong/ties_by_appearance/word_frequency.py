"""Word frequency: one container for each question."""

import string
from collections import Counter


def words_in(text):
    """Return the words of the text in lower case, without punctuation at their ends."""
    words = []
    for part in text.lower().split():
        word = part.strip(string.punctuation)
        if word:
            words.append(word)
    return words


def count_words(text):
    """Return a dict from each word to the number of its occurrences."""
    counts = {}
    for word in words_in(text):
        counts[word] = counts.get(word, 0) + 1
    return counts


def top_words(text, n):
    """Return the n most frequent words as (word, count), equal counts in alphabetical order."""
    return Counter(words_in(text)).most_common(n)


def shared_words(first, second):
    """Return the set of the words that occur in both texts."""
    return set(words_in(first)) & set(words_in(second))


if __name__ == "__main__":
    print(words_in("Stop! Don't stop."))
    print(count_words("Stop! Don't stop."))
