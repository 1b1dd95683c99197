def parse_age(text):
    """Return the age that the text names."""
