"""How does a process follow the store without a part in deciding?

A follower reads the log and other documents, and remembers in a cursor of its own what it has
done. Nothing waits for it. Nothing that it does changes a decision.
"""
