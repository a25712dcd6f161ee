"""A weak model: `make retrain TRAINER_CANDIDATES=examples.weak:CANDIDATES`.

A tree of depth one is exported and published like other candidates. On the default data the gate
refuses it, because its score is below the champion's on the same rows.
"""

from sklearn.tree import DecisionTreeClassifier

CANDIDATES = {"weak": DecisionTreeClassifier(max_depth=1)}
