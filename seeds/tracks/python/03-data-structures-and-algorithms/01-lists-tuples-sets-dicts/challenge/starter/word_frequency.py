"""Word frequency: one container for each question."""

import string


def words_in(text):
    """Return the words of the text in lower case, without punctuation at their ends."""
    return text.split(" ")


def count_words(text):
    """Return a dict from each word to the number of its occurrences."""
    words = words_in(text)
    return {word: words.count(word) for word in words}


def top_words(text, n):
    """Return the n most frequent words as (word, count), equal counts in alphabetical order."""
    return []


def shared_words(first, second):
    """Return the set of the words that occur in both texts."""
    return {}


# The lines below run when you press Run, and not when the checks import this file.
if __name__ == "__main__":
    print(words_in("Stop! Don't stop."))
    print(count_words("Stop! Don't stop."))
