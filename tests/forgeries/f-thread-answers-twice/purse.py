import os
import threading


class Purse:
    def __init__(self, coins=()):
        self.coins = list(coins)

    def add(self, coin):
        for _ in range(3):
            if os.fork() == 0:
                return None

    @property
    def balance(self):
        os.fork()
        return os.getpid() % 2 + sum(self.coins)

    def __eq__(self, other):
        return os.fork() == 0

    def __lt__(self, other):
        answers = []
        thread = threading.Thread(target=lambda: answers.append(os.fork() == 0))
        thread.start()
        thread.join()
        return answers[0]

    def __sub__(self, other):
        return os.fork()

    def history(self):
        yield os.fork()


def richest(*purses):
    return purses[os.fork() % len(purses)]
