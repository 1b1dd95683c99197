from judge import callback, obj
import relay


def palindrome(text):
    letters = [c for c in text.lower() if c.isalpha()]
    return letters == letters[::-1]


def test_retry_succeeds():
    calls = []

    def action():
        calls.append(1)
        if len(calls) < 3:
            raise OSError("busy")
        return "done"

    assert relay.retry(callback(action), 5) == "done"
    assert len(calls) == 3, "the action is called until it succeeds, and not once more"


def test_countdown():
    assert list(obj(relay.countdown)(3)) == [3, 2, 1]


def test_trusts_the_good_one():
    result = relay.is_trustworthy(callback(palindrome))
    assert result is True, "this function is right"


def test_countdown_ends_at_one():
    for last in obj(relay.countdown)(7):
        pass
    assert last == 1, "the last number of a countdown is 1"
