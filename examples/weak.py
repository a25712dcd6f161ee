"""One question and no more: `make retrain TRAINER_CANDIDATES=examples.weak:CANDIDATES`.

A tree of depth one is exported and published like any other candidate, but the gate refuses it
on the default data: it does worse than what is in production, on the same rows.
"""

from sklearn.tree import DecisionTreeClassifier

CANDIDATES = {"weak": DecisionTreeClassifier(max_depth=1)}
