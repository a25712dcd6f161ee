"""Save a pickled pipeline as MLflow's own format: `python mlflow_save.py PICKLE DIRECTORY`."""

import sys

import joblib
import mlflow.sklearn

mlflow.sklearn.save_model(joblib.load(sys.argv[1]), sys.argv[2], serialization_format="pickle")
