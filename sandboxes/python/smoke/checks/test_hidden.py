from judge import rng

import greeting


def test_any_name():
    name = "".join(rng.choice("abcdefgh") for _ in range(8))
    assert greeting.greet(name) == "Hello, " + name + "!"
