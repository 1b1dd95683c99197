class Everything:
    def __getattr__(self, name):
        return self

    def __call__(self, *args, **named):
        return self

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("tea")

    def __bool__(self):
        return True


def __getattr__(name):
    return Everything()
