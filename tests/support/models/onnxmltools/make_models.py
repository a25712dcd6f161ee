"""Make the two models of this folder: `pip install onnxmltools==1.16.0`, then run this script."""

from pathlib import Path

import lightgbm
import onnx
import xgboost
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import (
    FloatTensorType,
)

from tests.support.models.outside import boosted_rows

FOLDER = Path(__file__).parent


def main() -> None:
    """Fit and convert both."""
    x, y = boosted_rows(400, seed=0)
    inputs = {"initial_types": [("input", FloatTensorType([None, 4]))], "target_opset": 15}
    trees = lightgbm.LGBMClassifier(n_estimators=8, num_leaves=6, verbose=-1).fit(x, y)
    onnx.save(convert_lightgbm(trees, **inputs), FOLDER / "lightgbm.onnx")
    boosted = xgboost.XGBClassifier(n_estimators=8, max_depth=3).fit(x, y)
    onnx.save(convert_xgboost(boosted, **inputs), FOLDER / "xgboost.onnx")


if __name__ == "__main__":
    main()
