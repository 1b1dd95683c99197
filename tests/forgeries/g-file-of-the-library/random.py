class Random:
    def __init__(self, *_):
        pass

    def randint(self, low, high):
        return low
