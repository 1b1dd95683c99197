def parse_age(text):
    if not isinstance(text, str):
        raise TypeError("an age is given as text")
    if not text.strip().isascii() or not text.strip().isdigit():
        raise ValueError(f"{text!r} is no age")
    age = int(text)
    if age > 150:
        raise ValueError(f"{text!r} is too old")
    return age
