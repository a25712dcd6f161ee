"""Tables of candidates, to try Modelgate with and to start one's own from.

A table is a dictionary in a Python module: name -> unfitted scikit-learn classifier or pipeline.
`TRAINER_CANDIDATES=package.module:NAME` names it; modules in the current directory are found.
Every candidate is fitted, the best on validation is exported and published, and the name goes
with it to `/predict`.
"""
