"""The trainer: it fits candidates, chooses one, exports it with proof, and publishes it.

`training.py` has one run from top to bottom. The trainer calls no other service.
"""
