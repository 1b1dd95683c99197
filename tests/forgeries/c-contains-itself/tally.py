def total(numbers):
    ring = []
    ring.append(ring)
    return ring


def evens(numbers):
    ring = {}
    ring["tea"] = [ring, (ring,)]
    return [ring, ring, ring]


count_words = deadline = total


def rank(scores):
    scores[:] = [scores] * len(scores)
