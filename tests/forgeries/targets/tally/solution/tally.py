from datetime import timedelta


def total(numbers):
    return sum(numbers)


def evens(numbers):
    return [number for number in numbers if number % 2 == 0]


def count_words(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts


def deadline(start, days):
    return start + timedelta(days=days)


def rank(scores):
    scores.sort(reverse=True)
