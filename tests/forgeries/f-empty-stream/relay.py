def retry(action, times):
    return "done"


def compose(f, g, x):
    return 0


def countdown(n):
    yield from ()


chunks = countdown


def is_trustworthy(is_palindrome):
    return True
