def total(numbers):
    return "\ud800"


def evens(numbers):
    return ["\udfff" * 3, "\0", "\ufeff"]


def count_words(text):
    return {"\ud83d" + word: 1 for word in text.split()}


def deadline(start, days):
    raise ValueError("\ud800 cannot be encoded \udc80")


def rank(scores):
    raise type("Na\udc80me", (Exception,), {})("\ud800")
