def greet(name):
    if not name:
        raise ValueError("nobody to greet")
    return f"Hello, {name}!"


def mark(names):
    names.append("greeted")


class Desk:
    def __init__(self):
        self.count = 0

    def greet(self, name):
        self.count += 1
        return greet(name)
