"""One random forest: `make retrain TRAINER_CANDIDATES=examples.forest:CANDIDATES`.

On the default data it is at least as good as the default model and differs from it, so the
predictor really swaps models. Copy this file for your own estimators:

- A key is the model's name, and a value any unfitted scikit-learn classifier or pipeline.
- Leave random_state unset: TRAINER_SEED sets it, so that the run can be repeated.
- Put the preprocessing of columns into the pipeline: make_pipeline(StandardScaler(), SVC()).
- Several candidates compete on validation. In a tie, the first one wins.
"""

from sklearn.ensemble import RandomForestClassifier

CANDIDATES = {
    "forest": RandomForestClassifier(
        # Found by experiments: more features at each split, and a larger weight for benign rows,
        # because every missed one lowers the recall.
        criterion="entropy",
        max_features=8,
        class_weight={0: 1.0, 1: 1.5},
    ),
}
