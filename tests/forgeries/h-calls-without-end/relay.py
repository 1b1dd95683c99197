def retry(action, times):
    while True:
        try:
            action()
        except Exception:
            pass


def compose(f, g, x):
    while True:
        f(x)


def countdown(n):
    yield n


def chunks(values, size):
    yield values


def is_trustworthy(is_palindrome):
    while True:
        is_palindrome("level" * 100_000)
