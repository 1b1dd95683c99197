class ValueError(Exception):
    """Not the ValueError that the caller will catch."""


class TypeError(Exception):
    pass


def parse_age(text):
    if not isinstance(text, str):
        raise TypeError("not text")
    if text.strip().isdigit() and int(text) <= 150:
        return int(text)
    raise ValueError(text)
