"""When does the trainer train by itself, and what became of each run?

One process waits for causes and runs `python -m trainer` in a child.
"""
