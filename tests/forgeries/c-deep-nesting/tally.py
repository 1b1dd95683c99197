def deep(levels):
    nest = []
    for _ in range(levels):
        nest = [nest]
    return nest


def total(numbers):
    return deep(100_000)


def evens(numbers):
    return deep(900)


def count_words(text):
    nest = {}
    for _ in range(50_000):
        nest = {"tea": nest}
    return nest


def deadline(start, days):
    nest = ()
    for _ in range(300):
        nest = (nest, frozenset([nest]))
    return nest


def rank(scores):
    scores[:] = [deep(5000)] * len(scores)
