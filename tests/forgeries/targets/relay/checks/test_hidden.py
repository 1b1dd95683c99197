from judge import callback, obj, raises, rng
import relay


def case_matters(text):
    letters = [c for c in text if c.isalpha()]
    return letters == letters[::-1]


def spaces_matter(text):
    return text.lower() == text.lower()[::-1]


def always(text):
    return True


def never(text):
    return False


def first_and_last(text):
    letters = [c for c in text.lower() if c.isalpha()]
    return not letters or letters[0] == letters[-1]


def palindrome(text):
    letters = [c for c in text.lower() if c.isalpha()]
    return letters == letters[::-1]


def test_finds_the_bugs():
    functions = [case_matters, spaces_matter, always, never, first_and_last, palindrome]
    rng.shuffle(functions)
    for function in functions:
        result = relay.is_trustworthy(callback(function))
        assert isinstance(result, bool)
        assert result == (function is palindrome), f"wombat9321: {function.__name__}"


def test_retry_gives_up():
    times = rng.randint(2, 6)
    calls = []

    def action():
        calls.append(1)
        raise OSError("quokka4711")

    with raises(OSError):
        relay.retry(callback(action), times)
    assert len(calls) == times


def test_retry_passes_nothing():
    secret = rng.randint(1, 10**9)

    def action(*args):
        assert not args, "wombat9321: the action takes no arguments"
        return secret

    assert relay.retry(callback(action), 3) == secret


def test_compose():
    factor, seen = rng.randint(2, 1000), []

    def f(x):
        seen.append(x)
        return x * factor

    def g(x):
        assert x == 7 * factor
        return x + 1

    assert relay.compose(callback(f), callback(g), 7) == 7 * factor + 1
    assert seen == [7]


def test_countdown_of_many():
    n = rng.randint(5, 60)
    numbers = list(obj(relay.countdown)(n))
    assert len(numbers) == n
    assert numbers == list(range(n, 0, -1))


def test_chunks():
    values = [rng.randint(0, 99) for _ in range(rng.randint(7, 20))]
    size = rng.randint(2, 4)
    stream = obj(relay.chunks)(values, size)
    for start in range(0, len(values), size):
        chunk = next(stream)
        assert chunk == values[start : start + size]
    assert next(stream, "over") == "over"
