from judge import mutable, raises

import greeting


def test_greets():
    assert greeting.greet("Ada") == "Hello, Ada!", "greet('Ada') is 'Hello, Ada!'"


def test_counts():
    desk = greeting.Desk()
    desk.greet("Ada")
    desk.greet("Alan")
    assert desk.count == 2, "a desk counts its greetings"


def test_refuses_nobody():
    with raises(ValueError):
        greeting.greet("")


def test_marks():
    names = ["Ada"]
    greeting.mark(mutable(names))
    assert names == ["Ada", "greeted"]
