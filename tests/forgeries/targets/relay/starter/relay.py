def retry(action, times):
    """Call the action until it succeeds."""
