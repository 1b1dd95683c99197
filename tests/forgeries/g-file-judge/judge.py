import contextlib
import random

mutable = obj = callback = lambda thing: thing
rng = random.Random(0)
raises = lambda *_, **__: contextlib.suppress(BaseException)
