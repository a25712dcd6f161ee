"""One random forest: `make retrain TRAINER_CANDIDATES=examples.forest:CANDIDATES`.

On the default data it does at least as well as the default model and is another one, so the
predictor really swaps. Copy this file to bring your own estimators:

- A key is the model's name, a value any unfitted scikit-learn classifier or pipeline.
- Leave random_state unset: TRAINER_SEED sets it, and the run can be repeated.
- Put what must happen to the columns into the pipeline: make_pipeline(StandardScaler(), SVC()).
- Several candidates compete on the validation part; ties go to the one that stands first.
"""

from sklearn.ensemble import RandomForestClassifier

CANDIDATES = {
    "forest": RandomForestClassifier(
        # Found by trying: more choice at each split, and benign rows that count for more,
        # because every missed one costs recall.
        criterion="entropy",
        max_features=8,
        class_weight={0: 1.0, 1: 1.5},
    ),
}
