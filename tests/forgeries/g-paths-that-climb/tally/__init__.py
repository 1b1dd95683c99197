def total(*_):
    return None
