import purse


def test_balance():
    p = purse.Purse([5, 10])
    assert p.balance, "two coins are worth something"
    assert isinstance(p.balance, int)
    assert p.balance == 15, "5 and 10 are 15"


def test_add():
    p = purse.Purse([5, 10])
    assert p.add(20) is None
    assert len(p.coins) == 3, "a third coin was added"
    assert 20 in p.coins
    assert 99 not in p.coins
    assert p.balance == 35


def test_equal_purses():
    a, b, c = purse.Purse([5, 10]), purse.Purse([15]), purse.Purse([1])
    assert a == b, "both hold 15"
    assert not a == c
    assert a != c
