"""The candidates of the conversion tables in docs/estimators.md."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA, TruncatedSVD
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
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    BayesianRidge,
    ElasticNet,
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
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestCentroid
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
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


def numbers_by(transformer: Any, estimator: Any) -> Any:
    """Build a pipeline with another step for the numbers."""
    numbers = make_pipeline(SimpleImputer(), transformer)
    return make_pipeline(
        make_column_transformer((numbers, NUMBERS), (encoded(), CATEGORIES)), estimator
    )


def texts_by(transformer: Any, estimator: Any) -> Any:
    """Build a pipeline with another step for the categories."""
    columns = make_column_transformer((SimpleImputer(), NUMBERS), (transformer, CATEGORIES))
    return make_pipeline(columns, estimator)


LINEAR, TREES = LogisticRegression(), RandomForestClassifier(5)
CLASSIFIERS: Mapping[str, Any] = {
    "LogisticRegression": after(LINEAR),
    "SGDClassifier(loss='log_loss')": after(SGDClassifier(loss="log_loss")),
    "Perceptron": after(Perceptron()),
    "RidgeClassifier": after(RidgeClassifier()),
    "LinearSVC": after(LinearSVC()),
    "SVC": after(SVC()),
    "NuSVC": after(NuSVC(nu=0.1)),
    "CalibratedClassifierCV(SVC())": after(CalibratedClassifierCV(SVC(), ensemble=False)),
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
    "HistGradientBoostingClassifier": with_holes(HistGradientBoostingClassifier(max_iter=10)),
    "GradientBoostingClassifier": after(GradientBoostingClassifier(n_estimators=10)),
    "AdaBoostClassifier": after(AdaBoostClassifier(n_estimators=5)),
    "XGBClassifier": with_holes(XGBClassifier(n_estimators=10)),
    "LGBMClassifier": with_holes(LGBMClassifier(n_estimators=10, verbose=-1)),
    "StackingClassifier": after(StackingClassifier([("linear", LINEAR), ("trees", TREES)])),
    "VotingClassifier": after(VotingClassifier([("linear", LINEAR), ("trees", TREES)])),
    "VotingClassifier(voting='soft')": after(
        VotingClassifier([("linear", LINEAR), ("trees", TREES)], voting="soft")
    ),
    "OneVsRestClassifier": after(OneVsRestClassifier(LINEAR)),
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
    "QuantileRegressor": after(QuantileRegressor(alpha=0.01)),
    "SGDRegressor": after(SGDRegressor()),
    "PLSRegression": after(PLSRegression()),
    "LinearSVR": after(LinearSVR()),
    "SVR": after(SVR()),
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
    "StackingRegressor": after(
        StackingRegressor([("linear", Ridge()), ("trees", RandomForestRegressor(5))])
    ),
    "VotingRegressor": after(
        VotingRegressor([("linear", Ridge()), ("trees", RandomForestRegressor(5))])
    ),
}
STEPS: Mapping[str, Any] = {
    "SimpleImputer(add_indicator=True)": make_pipeline(
        make_column_transformer(
            (SimpleImputer(add_indicator=True), NUMBERS), (encoded(), CATEGORIES)
        ),
        LINEAR,
    ),
    "SimpleImputer of strings": texts_by(
        make_pipeline(SimpleImputer(missing_values="", strategy="most_frequent"), encoded()), LINEAR
    ),
    "OneHotEncoder(drop='first')": texts_by(
        OneHotEncoder(handle_unknown="ignore", drop="first"), LINEAR
    ),
    "OrdinalEncoder before trees": texts_by(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        HistGradientBoostingClassifier(max_iter=10),
    ),
    "StandardScaler before trees": after(HistGradientBoostingClassifier(max_iter=10)),
    "MinMaxScaler": numbers_by(MinMaxScaler(), LINEAR),
    "RobustScaler": numbers_by(RobustScaler(), LINEAR),
    "PowerTransformer": numbers_by(PowerTransformer(), LINEAR),
    "QuantileTransformer": numbers_by(QuantileTransformer(n_quantiles=50), LINEAR),
    "KBinsDiscretizer(encode='onehot-dense')": numbers_by(
        KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf"),
        LINEAR,
    ),
    "PolynomialFeatures": numbers_by(
        make_pipeline(StandardScaler(), PolynomialFeatures(2)), LINEAR
    ),
    "PCA": after(PCA(2), LINEAR),
    "TruncatedSVD": after(TruncatedSVD(2), LINEAR),
    "SelectKBest": after(SelectKBest(k=3), LINEAR),
    "make_union(StandardScaler(), PCA())": after(make_union(StandardScaler(), PCA(2)), LINEAR),
}
NOT_CONVERTIBLE: Mapping[str, tuple[Any, str]] = {
    "CalibratedClassifierCV(method='isotonic')": (
        after(CalibratedClassifierCV(GaussianNB(), method="isotonic")),
        "skl2onnx computes another curve; method='sigmoid' converts",
    ),
    "KNeighborsClassifier": (
        after(KNeighborsClassifier()),
        "skl2onnx chooses other neighbours at equal distance; without such rows it converts",
    ),
    "KNeighborsRegressor": (after(KNeighborsRegressor()), "as above"),
    "KNeighborsClassifier(weights='distance')": (
        after(KNeighborsClassifier(weights="distance")),
        "skl2onnx weights the neighbours differently",
    ),
    "NearestCentroid": (after(NearestCentroid()), "no converter"),
    "GaussianProcessClassifier": (
        after(GaussianProcessClassifier()),
        "ONNX has no operator that solves equations",
    ),
    "KernelRidge": (after(KernelRidge()), "no converter; SVR is similar"),
    "TransformedTargetRegressor": (
        after(TransformedTargetRegressor(Ridge(), func=np.cbrt, inverse_func=np.square)),
        "no converter; boosters and PoissonRegressor have a logarithmic loss",
    ),
    "FunctionTransformer(…)": (
        numbers_by(FunctionTransformer(np.log1p), LINEAR),
        "a function is code; PowerTransformer converts",
    ),
    "SplineTransformer": (numbers_by(SplineTransformer(), LINEAR), "no converter"),
    "KNNImputer of several columns": (
        make_pipeline(
            make_column_transformer((KNNImputer(), NUMBERS), (encoded(), CATEGORIES)), LINEAR
        ),
        "skl2onnx finds other neighbours; SimpleImputer converts",
    ),
    "OneHotEncoder(min_frequency=…)": (
        texts_by(OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=80), LINEAR),
        "no converter for infrequent categories",
    ),
    "TargetEncoder, of three classes": (
        texts_by(TargetEncoder(), LINEAR),
        "no converter; for two classes and for regressors it converts",
    ),
    "OneHotEncoder()": (
        texts_by(OneHotEncoder(), LINEAR),
        "it raises an error on unseen categories; set handle_unknown='ignore'",
    ),
}
