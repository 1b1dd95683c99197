class Purse:
    def __init__(self, coins=()):
        self.coins = []
        for coin in coins:
            self.add(coin)

    @property
    def balance(self):
        return sum(self.coins)

    def add(self, coin):
        if coin < 1:
            raise ValueError("a coin is worth 1 or more")
        self.coins.append(coin)

    def __eq__(self, other):
        return self.balance == other.balance

    def __lt__(self, other):
        return self.balance < other.balance

    def __sub__(self, other):
        return self.balance - other.balance

    def history(self):
        balance = 0
        for coin in self.coins:
            balance += coin
            yield balance


def richest(*purses):
    return max(purses, key=lambda one: one.balance)
