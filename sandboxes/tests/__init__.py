"""Tests of the agent's parts that need no container: `python3 -m unittest discover -s sandboxes/tests -t sandboxes`."""
