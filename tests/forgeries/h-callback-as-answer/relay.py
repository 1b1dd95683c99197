def retry(action, times):
    return action


def compose(f, g, x):
    return lambda: g(f(x))


def countdown(n):
    yield countdown
    yield n


def chunks(values, size):
    return chunks


def is_trustworthy(is_palindrome):
    return is_palindrome
