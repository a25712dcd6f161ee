"""Tables of candidates, to try Modelgate and to copy.

A table is a dictionary in a Python module: name -> unfitted scikit-learn classifier or pipeline.
`TRAINER_CANDIDATES=package.module:NAME` names it. The module may be in the current directory.
The trainer fits every candidate, and publishes the best one on validation. `/predict` shows its
name.
"""
