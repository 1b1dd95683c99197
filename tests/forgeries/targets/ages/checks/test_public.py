from judge import raises
import ages


def test_plain_age():
    age = ages.parse_age("42")
    assert isinstance(age, int)
    assert age == 42


def test_words_are_refused():
    with raises(ValueError):
        ages.parse_age("forty")


def test_message_names_the_text():
    with raises(ValueError) as caught:
        ages.parse_age("x17")
    assert "x17" in str(caught.value), "a good message names the text that was refused"


def test_none_is_a_type_error():
    with raises(TypeError):
        ages.parse_age(None)


def test_below_zero():
    with raises(ValueError, match="-3"):
        ages.parse_age("-3")
