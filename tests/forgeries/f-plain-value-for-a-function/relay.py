"""The check asks for a handle on what the function returns, and there is no function: still the learner's mistake."""
retry = None
compose = "compose"
countdown = 5
chunks = [1, 2, 3]


def is_trustworthy(is_palindrome):
    return True
