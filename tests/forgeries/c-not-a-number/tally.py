NAN = float("nan")


def total(numbers):
    return NAN


def evens(numbers):
    return [NAN, NAN, 4]


def count_words(text):
    return dict.fromkeys(text.split(), NAN)


def deadline(start, days):
    return NAN


def rank(scores):
    scores[:] = [NAN] * len(scores)
