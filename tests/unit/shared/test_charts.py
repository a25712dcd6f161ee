"""Pictures, as the style sheet of the pages colours them."""

import os
import subprocess
import sys
from pathlib import Path

from shared.charts import curves

ROOT = Path(__file__).parents[3]
DRAW = "from shared.charts import curves; print(curves('ROC', ('x', 'y'), {'a': [(0, 0), (1, 1)]}))"


def test_whether_lxml_is_installed_makes_no_difference(tmp_path: Path) -> None:
    """pygal draws with it where it finds it; what stands in for it here can draw nothing."""
    (tmp_path / "lxml").mkdir()
    for name in ("__init__.py", "etree.py"):
        (tmp_path / "lxml" / name).touch()
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    drawn = subprocess.run(
        [sys.executable, "-c", DRAW],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert drawn.stderr == ""
    assert drawn.stdout.strip() == curves("ROC", ("x", "y"), {"a": [(0, 0), (1, 1)]})
