"""What check authors import: `from judge import mutable, obj, subject, rng, callback, raises`. See ../../README.md."""

from .authoring import callback, mutable, obj, raises, special, subject
from .session import rng

__all__ = ["callback", "mutable", "obj", "raises", "rng", "special", "subject"]
