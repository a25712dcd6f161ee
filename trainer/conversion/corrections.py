"""The converters of this room by the estimators that they convert, for skl2onnx."""

from typing import Any

from skl2onnx._supported_operators import sklearn_operator_name_map
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    PassiveAggressiveClassifier,
    Perceptron,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    TargetEncoder,
)
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, NuSVR

from trainer.conversion.estimators import bagging, ensembles, support_vectors
from trainer.conversion.estimators.adaboost import convert_adaboost
from trainer.conversion.estimators.calibration import convert_calibrated
from trainer.conversion.estimators.linear_scores import (
    convert_linear_classifier,
    convert_linear_regressor,
)
from trainer.conversion.estimators.naive_bayes import convert_naive_bayes
from trainer.conversion.steps import discretizers, numeric_steps
from trainer.conversion.steps.category_encoders import EncoderConverter
from trainer.conversion.steps.imputer import convert_imputer, set_imputer_shape

_ENCODERS = (OneHotEncoder, OrdinalEncoder, TargetEncoder)
_SELECTORS = (
    *(RFE, RFECV, SelectFromModel, SequentialFeatureSelector, VarianceThreshold),
    *(GenericUnivariateSelect, SelectKBest, SelectPercentile, SelectFdr, SelectFpr, SelectFwe),
)
_NUMERIC_STEPS = {
    PolynomialFeatures: numeric_steps.convert_polynomial,
    PowerTransformer: numeric_steps.convert_power,
    Normalizer: numeric_steps.convert_normalizer,
    **dict.fromkeys(_SELECTORS, numeric_steps.convert_selection),
}
_LINEAR_CLASSIFIERS = (
    *(LinearDiscriminantAnalysis, LogisticRegression, LogisticRegressionCV),
    *(LinearSVC, PassiveAggressiveClassifier, Perceptron, SGDClassifier),
    *(RidgeClassifier, RidgeClassifierCV),
)
_LINEAR_REGRESSORS = [
    regressor
    for regressor, name in sklearn_operator_name_map.items()
    if name == "SklearnLinearRegressor"
]


def correcting_converters(*, is_wide: bool) -> dict[type, Any]:
    """Return the converters for a model in float64 or in float32."""
    encoders = EncoderConverter(is_wide=is_wide)
    return {
        **dict.fromkeys(_ENCODERS, encoders.convert),
        **dict.fromkeys(_LINEAR_CLASSIFIERS, convert_linear_classifier),
        **dict.fromkeys(_LINEAR_REGRESSORS, convert_linear_regressor),
        **dict.fromkeys((SVC, NuSVC), support_vectors.convert_support_classifier),
        **dict.fromkeys((SVR, NuSVR), support_vectors.convert_support_regressor),
        **_NUMERIC_STEPS,
        **dict.fromkeys((KNeighborsClassifier, KNeighborsRegressor), _refuse_neighbours),
        AdaBoostClassifier: convert_adaboost,
        BaggingClassifier: bagging.convert_bagging_classifier,
        BaggingRegressor: bagging.convert_bagging_regressor,
        Binarizer: discretizers.convert_binarizer,
        CalibratedClassifierCV: convert_calibrated,
        GaussianNB: convert_naive_bayes,
        KBinsDiscretizer: discretizers.convert_bins,
        OneVsRestClassifier: ensembles.convert_one_vs_rest,
        SimpleImputer: convert_imputer,
        StackingClassifier: ensembles.convert_stacking,
        VotingClassifier: ensembles.convert_voting,
        VotingRegressor: bagging.convert_voting_regressor,
    }


def correcting_shapes(*, is_wide: bool) -> dict[type, Any]:
    """Return the functions that set the types of the converters' outputs."""
    encoders = EncoderConverter(is_wide=is_wide)
    return {
        **dict.fromkeys(_ENCODERS, encoders.set_shape),
        **dict.fromkeys(_NUMERIC_STEPS, numeric_steps.set_shape),
        Binarizer: discretizers.set_binarizer_shape,
        KBinsDiscretizer: discretizers.set_bins_shape,
        SimpleImputer: set_imputer_shape,
    }


def _refuse_neighbours(_scope: Any, operator: Any, _container: Any) -> None:
    """Refuse a model that skl2onnx converts, and that answers some rows otherwise."""
    raise NotImplementedError(
        f"{type(operator.raw_operator).__name__} has no exact converter: among neighbours at equal "
        "distance, scikit-learn chooses by the order of its search"
    )
