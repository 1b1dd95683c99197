class Purse:
    """A purse of coins."""
