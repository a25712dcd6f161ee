"""Models for tests, each a complete artefact.

| module | model | behaviour |
|---|---|---|
| `toy` | `toy_model` | a logistic regression of width and height; each bias has its own digest |
| `toy` | `toy_onnx` | only its ONNX file, with any weights, also NaN |
| `served` | `toy_regressor` | predicts the weighted sum of its features |
| `served` | `model_that_fails_above_three` | predicts 10 times its feature, fails above 3 |
| `served` | `logistic_regression`, `random_forest` | fitted on breast cancer data |
| `served` | `breast_cancer_model` | any estimator on that data, as ONNX or as joblib |
| `served` | `model_around` | wraps any model file, with its own predictions as golden rows |
| `mixed` | `mixed_model` | takes numbers, booleans, categories and missing values |
| `lookup` | `lookup_model` | predicts the class that a test chose for each category |
| `dishonest` | `DISHONEST` | correct hashes and wrong content, by name |

Fake services are in `tests/support/stores/fake_services.py`, candidates in
`tests/support/stores/builders.py`.
"""
