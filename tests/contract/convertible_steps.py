"""The steps of the conversion tables in docs/estimators.md, and what does not convert."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
)
from sklearn.feature_selection import SelectFromModel, SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestCentroid
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
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

from tests.contract.convertible import LINEAR, after, encoded
from tests.support.tables.mixed_table import CATEGORIES, NUMBERS


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


def logs(values: Any) -> Any:
    """Transform an array."""
    return np.column_stack((np.log1p(np.abs(values)), values[:, 0] / (1 + values[:, 1] ** 2)))


def with_ratio(table: Any) -> Any:
    """Transform a table."""
    table = table.copy()
    table["fare"] = (table["fare"] / table["age"]).clip(-10, 10).where(table["age"] != 0)
    table["town"] = table["town"].str.upper()
    return table


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
    "OneHotEncoder(min_frequency=…)": texts_by(
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=80), LINEAR
    ),
    "OneHotEncoder of numbers": numbers_by(OneHotEncoder(handle_unknown="ignore"), LINEAR),
    "OneHotEncoder(max_categories=…) of numbers": numbers_by(
        OneHotEncoder(handle_unknown="ignore", max_categories=5, drop="if_binary"), LINEAR
    ),
    "OrdinalEncoder of numbers": numbers_by(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), LINEAR
    ),
    "TargetEncoder": texts_by(TargetEncoder(), LINEAR),
    "TargetEncoder of numbers": numbers_by(TargetEncoder(), LINEAR),
    "OrdinalEncoder before trees": texts_by(
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        HistGradientBoostingClassifier(max_iter=10),
    ),
    "StandardScaler before trees": after(HistGradientBoostingClassifier(max_iter=10)),
    "MaxAbsScaler": numbers_by(MaxAbsScaler(), LINEAR),
    "Normalizer": numbers_by(Normalizer(), LINEAR),
    "Binarizer": numbers_by(Binarizer(threshold=30.0), LINEAR),
    "MinMaxScaler": numbers_by(MinMaxScaler(), LINEAR),
    "RobustScaler": numbers_by(RobustScaler(), LINEAR),
    "PowerTransformer": numbers_by(PowerTransformer(), LINEAR),
    "QuantileTransformer": numbers_by(QuantileTransformer(n_quantiles=50), LINEAR),
    "KBinsDiscretizer(encode='onehot-dense')": numbers_by(
        KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf"),
        LINEAR,
    ),
    "KBinsDiscretizer()": numbers_by(
        KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"), LINEAR
    ),
    "KBinsDiscretizer(encode='ordinal')": numbers_by(
        KBinsDiscretizer(4, encode="ordinal", strategy="uniform"), LINEAR
    ),
    "PolynomialFeatures": numbers_by(
        make_pipeline(StandardScaler(), PolynomialFeatures(2)), LINEAR
    ),
    "PCA": after(PCA(2), LINEAR),
    "TruncatedSVD": after(TruncatedSVD(2), LINEAR),
    "SelectKBest": after(SelectKBest(k=3), LINEAR),
    "SelectFromModel": after(SelectFromModel(LINEAR), LINEAR),
    "FunctionTransformer of an array": numbers_by(FunctionTransformer(logs), LINEAR),
    "FunctionTransformer of a table": make_pipeline(
        FunctionTransformer(with_ratio), numbers_by(StandardScaler(), LINEAR)
    ),
    "make_union(StandardScaler(), PCA())": after(make_union(StandardScaler(), PCA(2)), LINEAR),
}
NOT_CONVERTIBLE: Mapping[str, tuple[Any, str]] = {
    "CalibratedClassifierCV(method='temperature')": (
        after(CalibratedClassifierCV(GaussianNB(), method="temperature")),
        "no converter; method='sigmoid' and 'isotonic' convert",
    ),
    "KNeighborsClassifier": (
        after(KNeighborsClassifier()),
        "among neighbours at equal distance, scikit-learn chooses by the order of its search",
    ),
    "KNeighborsRegressor": (after(KNeighborsRegressor()), "as above"),
    "NearestCentroid": (after(NearestCentroid()), "no converter"),
    "GaussianProcessClassifier": (
        after(GaussianProcessClassifier()),
        "ONNX has no operator that solves equations",
    ),
    "KernelRidge": (after(KernelRidge()), "no converter; SVR is similar"),
    "FunctionTransformer(np.sort)": (
        numbers_by(FunctionTransformer(np.sort), LINEAR),
        "it depends on other rows; [other functions](functions.md) convert",
    ),
    "SplineTransformer": (numbers_by(SplineTransformer(), LINEAR), "no converter"),
    "KNNImputer of several columns": (
        make_pipeline(
            make_column_transformer((KNNImputer(), NUMBERS), (encoded(), CATEGORIES)), LINEAR
        ),
        "skl2onnx finds other neighbours; SimpleImputer converts",
    ),
    "PowerTransformer before trees": (
        make_pipeline(
            make_column_transformer(
                (make_pipeline(SimpleImputer(), PowerTransformer()), NUMBERS),
                (encoded(), CATEGORIES),
            ),
            HistGradientBoostingClassifier(max_iter=20, max_bins=16),
        ),
        "logarithms differ in the last bit; before a linear model it converts",
    ),
    "QuantileTransformer(output_distribution='normal')": (
        numbers_by(QuantileTransformer(n_quantiles=50, output_distribution="normal"), LINEAR),
        "no converter; PowerTransformer is similar",
    ),
    "OneHotEncoder()": (
        texts_by(OneHotEncoder(), LINEAR),
        "it raises an error on unseen categories; set handle_unknown='ignore'",
    ),
}
