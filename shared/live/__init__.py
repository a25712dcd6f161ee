"""What was a model fitted on, and what does production see?

The trainer writes the reference of a candidate, workers count in its bins, and the gatekeeper
compares both. Everything here counts; nothing keeps a row.
"""
