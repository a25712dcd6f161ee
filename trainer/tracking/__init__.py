"""How does an MLflow server learn about each run and each decision?

A process of its own, `python -m trainer.tracking`, follows the store. No training and no decision
waits for it. It keeps nothing on the volume: its position in the log is on the server.
"""
