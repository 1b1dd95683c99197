from judge import raises, rng
import ages


def test_random_ages():
    for _ in range(10):
        age = rng.randint(0, 150)
        spaces = " " * rng.randint(0, 3)
        try:
            result = ages.parse_age(spaces + str(age))
        except Exception:
            assert False, f"wombat9321: {age} is an age"
        assert result == age


def test_too_old():
    for text in ("200", str(rng.randint(151, 10_000))):
        try:
            ages.parse_age(text)
        except Exception:
            pass
        else:
            assert False, f"wombat9321: {text} is too old"


def test_never_crashes():
    for text in ("", " ", "quokka4711", "1e3", "0x10", "1_0_0_0", "9" * 50):
        try:
            result = ages.parse_age(text)
        except:
            continue
        assert isinstance(result, int) and 0 <= result <= 150


def test_message_of_many():
    text = rng.choice("abcdef") + str(rng.randint(1000, 9999))
    with raises(ValueError) as caught:
        ages.parse_age(text)
    assert text in str(caught.value), f"wombat9321: {text}"
