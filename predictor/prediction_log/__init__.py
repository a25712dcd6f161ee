"""Which answered rows does a worker log, and when are they on the volume?

The event loop adds ids to answers, encodes single rows and queues all others. A thread appends
lines to a hidden segment. Another one publishes segments, and removes old ones.
"""
