from judge import obj, raises, rng
import purse


def coins():
    return [rng.randint(1, 500) for _ in range(rng.randint(2, 6))]


def test_balance_of_many():
    for _ in range(5):
        held = coins()
        p = purse.Purse(held)
        assert p.balance == sum(held), f"wombat9321: {held} is {sum(held)}"
        extra = rng.randint(1, 50)
        p.add(extra)
        assert p.balance == sum(held) + extra
        assert list(p.coins) == held + [extra]


def test_balance_in_use():
    held = coins()
    balance = purse.Purse(held).balance
    expected = sum(held)
    assert 10_000 - balance == 10_000 - expected
    assert balance * 2 + 1 == expected * 2 + 1
    assert f"{balance:05d}" == f"{expected:05d}"
    assert str(balance) == str(expected)
    assert {expected: "found"}[balance] == "found"
    assert balance in (expected, "quokka4711")
    assert not balance < expected and not balance > expected
    assert max(balance, 0) == expected
    assert round(balance) == expected and abs(balance - expected) < 1


def test_bad_coin():
    p = purse.Purse([7])
    for coin in (0, -1, -rng.randint(2, 100)):
        with raises(ValueError):
            p.add(coin)
    assert p.balance == 7
    with raises(ValueError):
        purse.Purse([3, 0])


def test_order():
    for _ in range(12):
        x, y = coins(), coins()
        assert (purse.Purse(x) < purse.Purse(y)) == (sum(x) < sum(y))
        same = [sum(x)]
        assert (purse.Purse(x) == purse.Purse(y)) == (sum(x) == sum(y))
        assert purse.Purse(same) == purse.Purse(x)


def test_difference():
    for _ in range(5):
        x, y = coins(), coins()
        assert purse.Purse(x) - purse.Purse(y) == sum(x) - sum(y), "wombat9321"


def test_history():
    held = coins()
    expected = [sum(held[: n + 1]) for n in range(len(held))]
    seen = []
    for balance in obj(purse.Purse(held).history)():
        assert balance == expected[len(seen)]
        seen.append(balance)
    assert len(seen) == len(held)


def test_richest():
    first, second, third = coins(), coins() + [5000], coins()
    a, b, c = purse.Purse(first), purse.Purse(second), purse.Purse(third)
    best = obj(purse.richest)(a, b, c)
    assert best == b
    assert not best == a
    assert best.balance == sum(second)
