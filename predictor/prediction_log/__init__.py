"""Which answered rows does a worker log, and when are they on the volume?

The event loop only adds an id to an answer, and queues arrays. A thread writes them as lines of a
hidden segment. Another one publishes segments, and removes old ones.
"""
