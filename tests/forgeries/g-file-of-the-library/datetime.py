class date:
    def __new__(cls, *_):
        return None


timedelta = date
