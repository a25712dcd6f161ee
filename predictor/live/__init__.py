"""What does a worker count of the requests that it answers, and when is it on the volume?

The event loop only adds to counters, and picks few rows. A thread counts these rows in the bins of
the reference, and writes live/<worker>/<hour>.json. No row is kept.
"""
