import threading


def flood():
    while True:
        print("flood " * 100)


threading.Thread(target=flood, daemon=True).start()


def total(*_):
    while True:
        print("flood " * 100)


evens = count_words = deadline = rank = total
