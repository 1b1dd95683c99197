def total(numbers):
    return "x" * 100_000_000


def evens(numbers):
    return [2] * 9_000_000


def count_words(text):
    return {str(number): number for number in range(500_000)}


def deadline(start, days):
    return bytes(60_000_000)


def rank(scores):
    scores.extend(range(3_000_000))
