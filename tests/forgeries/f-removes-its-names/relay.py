import sys

module = sys.modules[__name__]


def retry(action, times):
    del module.retry, module.compose, module.countdown, module.chunks, module.is_trustworthy
    sys.modules.pop(__name__)
    return "done"


def compose(f, g, x):
    module.compose = 7
    return module


def countdown(n):
    module.countdown = None
    yield n


chunks = is_trustworthy = countdown
