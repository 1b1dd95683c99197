def total(*_):
    return None


evens = count_words = deadline = rank = total
