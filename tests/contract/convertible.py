"""The candidates of the conversion tables in docs/estimators.md."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Perceptron,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    OneHotEncoder,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR, NuSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

from tests.support.tables.mixed_table import CATEGORIES, NUMBERS


def encoded() -> OneHotEncoder:
    return OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def after(*steps: Any) -> Any:
    """Build a pipeline that first imputes and scales numbers and encodes categories."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return make_pipeline(
        make_column_transformer((numbers, NUMBERS), (encoded(), CATEGORIES)), *steps
    )


def with_holes(estimator: Any) -> Any:
    """Build a pipeline whose estimator gets the numbers with their missing values."""
    columns = make_column_transformer(("passthrough", NUMBERS), (encoded(), CATEGORIES))
    return make_pipeline(columns, estimator)


LINEAR, TREES = LogisticRegression(), RandomForestClassifier(5)
CLASSIFIERS: Mapping[str, Any] = {
    "LogisticRegression": after(LINEAR),
    "SGDClassifier": after(SGDClassifier()),
    "SGDClassifier(loss='log_loss')": after(SGDClassifier(loss="log_loss")),
    "SGDClassifier(loss='modified_huber')": after(SGDClassifier(loss="modified_huber")),
    "Perceptron": after(Perceptron()),
    "RidgeClassifier": after(RidgeClassifier()),
    "LinearSVC": after(LinearSVC()),
    "SVC": after(SVC()),
    "SVC(kernel='poly')": after(SVC(kernel="poly")),
    "NuSVC": after(NuSVC(nu=0.1)),
    "CalibratedClassifierCV(SVC())": after(CalibratedClassifierCV(SVC(), ensemble=False)),
    "CalibratedClassifierCV(method='isotonic')": after(
        CalibratedClassifierCV(LINEAR, method="isotonic")
    ),
    "GaussianNB": after(GaussianNB()),
    "BernoulliNB": after(BernoulliNB()),
    "LinearDiscriminantAnalysis": after(LinearDiscriminantAnalysis()),
    "QuadraticDiscriminantAnalysis": after(
        QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=0.1)
    ),
    "MLPClassifier": after(MLPClassifier((8,), solver="lbfgs", max_iter=50)),
    "DecisionTreeClassifier": with_holes(DecisionTreeClassifier(max_depth=5)),
    "RandomForestClassifier": with_holes(TREES),
    "ExtraTreesClassifier": with_holes(ExtraTreesClassifier(5)),
    "BaggingClassifier": with_holes(BaggingClassifier(n_estimators=5)),
    "BaggingClassifier(LogisticRegression())": after(BaggingClassifier(LINEAR, n_estimators=4)),
    "HistGradientBoostingClassifier": with_holes(HistGradientBoostingClassifier(max_iter=10)),
    "GradientBoostingClassifier": after(GradientBoostingClassifier(n_estimators=10)),
    "AdaBoostClassifier": after(AdaBoostClassifier(n_estimators=5)),
    "AdaBoostClassifier(LogisticRegression())": after(AdaBoostClassifier(LINEAR, n_estimators=4)),
    "XGBClassifier": with_holes(XGBClassifier(n_estimators=10)),
    "LGBMClassifier": with_holes(LGBMClassifier(n_estimators=10, verbose=-1)),
    "StackingClassifier": after(StackingClassifier([("linear", LINEAR), ("trees", TREES)])),
    "VotingClassifier": after(VotingClassifier([("linear", LINEAR), ("trees", TREES)])),
    "VotingClassifier(voting='soft')": after(
        VotingClassifier([("linear", LINEAR), ("trees", TREES)], voting="soft")
    ),
    "VotingClassifier of four": after(
        VotingClassifier(
            [("linear", LINEAR), ("trees", TREES), ("bayes", GaussianNB()), ("svm", LinearSVC())]
        )
    ),
    "VotingClassifier(weights=…)": after(
        VotingClassifier([("linear", LINEAR), ("trees", TREES)], voting="soft", weights=[1, 2])
    ),
    "StackingClassifier without probabilities": after(
        StackingClassifier([("linear", RidgeClassifier()), ("svm", LinearSVC())])
    ),
    "OneVsRestClassifier": after(OneVsRestClassifier(LINEAR)),
    "OneVsRestClassifier(LinearSVC())": after(OneVsRestClassifier(LinearSVC())),
    "OneVsRestClassifier of trees": after(OneVsRestClassifier(TREES)),
    "OneVsOneClassifier": after(OneVsOneClassifier(LINEAR)),
    "GridSearchCV": after(GridSearchCV(LINEAR, {"C": [0.1, 1.0]}, cv=2)),
}
REGRESSORS: Mapping[str, Any] = {
    "LinearRegression": after(LinearRegression()),
    "Ridge": after(Ridge()),
    "Lasso": after(Lasso(alpha=0.01)),
    "ElasticNet": after(ElasticNet(alpha=0.01)),
    "BayesianRidge": after(BayesianRidge()),
    "HuberRegressor": after(HuberRegressor()),
    "PoissonRegressor": after(PoissonRegressor()),
    "GammaRegressor": after(GammaRegressor()),
    "TweedieRegressor": after(TweedieRegressor(power=1.5)),
    "QuantileRegressor": after(QuantileRegressor(alpha=0.01)),
    "SGDRegressor": after(SGDRegressor()),
    "PLSRegression": after(PLSRegression()),
    "LinearSVR": after(LinearSVR()),
    "SVR": after(SVR()),
    "SVR(kernel='poly')": after(SVR(kernel="poly")),
    "MLPRegressor": after(MLPRegressor(hidden_layer_sizes=(8,), solver="lbfgs", max_iter=50)),
    "GaussianProcessRegressor": after(GaussianProcessRegressor(alpha=0.1)),
    "DecisionTreeRegressor": with_holes(DecisionTreeRegressor(max_depth=5)),
    "RandomForestRegressor": with_holes(RandomForestRegressor(5)),
    "ExtraTreesRegressor": with_holes(ExtraTreesRegressor(5)),
    "BaggingRegressor": with_holes(BaggingRegressor(n_estimators=5)),
    "HistGradientBoostingRegressor": with_holes(HistGradientBoostingRegressor(max_iter=10)),
    "HistGradientBoostingRegressor(loss='poisson')": with_holes(
        HistGradientBoostingRegressor(max_iter=10, loss="poisson")
    ),
    "GradientBoostingRegressor": after(GradientBoostingRegressor(n_estimators=10)),
    "AdaBoostRegressor": after(AdaBoostRegressor(n_estimators=5)),
    "XGBRegressor": with_holes(XGBRegressor(n_estimators=10)),
    "LGBMRegressor": with_holes(LGBMRegressor(n_estimators=10, verbose=-1)),
    "TransformedTargetRegressor": after(
        TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
    ),
    "StackingRegressor": after(
        StackingRegressor([("linear", Ridge()), ("trees", RandomForestRegressor(5))])
    ),
    "VotingRegressor": after(
        VotingRegressor([("linear", Ridge()), ("trees", RandomForestRegressor(5))])
    ),
}
