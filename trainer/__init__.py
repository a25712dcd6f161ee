"""The trainer: fits candidates, chooses one, exports it with proof, and publishes it.

`training.py` tells the story from top to bottom. Nothing here calls another service.
"""
