"""How does the parent process watch its workers, and replace those that hang or die?

The parent imports no other room of the predictor, so that it starts at once and stays small. Its
workers are forks of it. `supervisor` starts, watches, replaces and stops them. `shared_records` is
the memory in which a worker shows its model calls. `failure_book` counts the failures of each
model and decides the quarantine; docs/adr/0032 has the reasons.
"""
