"""A small kit of mathematics: the front door of the package."""
