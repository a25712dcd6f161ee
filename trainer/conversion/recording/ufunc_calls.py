"""Record a ufunc that a function calls with proxies for rows and with constants."""

from typing import Any

import numpy as np
import pandas as pd

from trainer.conversion.expressions import expression as ex
from trainer.conversion.expressions.expression import Node
from trainer.conversion.expressions.refusal import UnrecordedError
from trainer.conversion.recording.proxy import Proxy, require_none

_TABLE = 2


def record_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], more: dict[str, Any]
) -> tuple[Node, bool]:
    """Return the result of a call, and whether its shape is [n] instead of [n, width]."""
    require_none(ufunc.__name__, **more)
    if method != "__call__":
        raise UnrecordedError(f"`np.{ufunc.__name__}.{method}`")
    is_flat = {value.is_flat for value in inputs if isinstance(value, Proxy)}
    if ufunc is np.matmul:
        return _multiply_matrix(*inputs)
    if len(is_flat) > 1:
        raise UnrecordedError(
            f"`{ufunc.__name__}` of the shapes (n,) and (n, m); `.reshape(-1, 1)` makes a column"
        )
    operands = [to_node(value) for value in inputs]
    if True in is_flat and any(operand.width > 1 for operand in operands):
        raise UnrecordedError(f"`{ufunc.__name__}` of one column and several constants")
    return ex.apply(ufunc, *operands), True in is_flat


def to_node(value: Any) -> Node:
    """Return a proxy or a constant as a node."""
    if isinstance(value, Proxy):
        return value.node
    if isinstance(value, pd.Series | pd.DataFrame):
        raise UnrecordedError("a constant table or Series, whose rows have numbers of their own")
    try:
        return ex.constant(value)
    except (TypeError, ValueError) as error:
        raise UnrecordedError(f"a value such as {value!r:.60}") from error


def _multiply_matrix(rows: Any, matrix: Any) -> tuple[Node, bool]:
    weights = np.asarray(matrix, dtype=np.float64) if isinstance(rows, Proxy) else None
    if weights is None or rows.is_flat or weights.ndim not in (1, _TABLE):
        raise UnrecordedError("`@` of other values than rows and a constant matrix")
    node = ex.cast(rows.node, ex.FLOAT)
    if len(weights) != node.width:
        raise UnrecordedError(f"`@` of {node.width} columns and {len(weights)} weights")
    table = weights.reshape(node.width, -1)
    constant = Node("constant", (), table.shape[1], ex.FLOAT, table)
    return Node("matmul", (node, constant), table.shape[1], ex.FLOAT), weights.ndim == 1
