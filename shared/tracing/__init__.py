"""The trace of a request. How is a request linked to the trace of its client?"""
