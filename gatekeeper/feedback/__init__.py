"""Which labels does the gatekeeper receive, and when are they safe?

Labels are durable before a request is acknowledged. The index of earlier labels and of logged rows
follows from the files.
"""
