"""Say in sentences which labelled rows of the log are left out, and why."""

from collections import Counter
from collections.abc import Iterator

from shared.prediction_log.segments import MAX_SEGMENT_BYTES
from shared.text import join_some, quote
from trainer.dataset.dataset import LiveOrigin
from trainer.tables.category_column import MAX_CATEGORIES, MAX_CATEGORY_LENGTH

_REASONS = {
    "in_table": "{} in the table too",
    "time": "{} with a later time than their file, which a wrong clock of a predictor causes",
    "label": "{} with a label that the target cannot have",
    "values": "{} without a usable value of {}",
    "categories": "{} with a category beyond the limits"
    f" ({MAX_CATEGORIES} of a column, {MAX_CATEGORY_LENGTH} characters)",
}


def describe_left_out(live: LiveOrigin, lacking: Counter[str]) -> Iterator[str]:
    """Yield the sentences. *lacking* counts the rows without a usable value of each feature."""
    names = [f"{quote(name)} ({count})" for name, count in lacking.most_common()]
    reasons = [
        text.format(live.left_out[reason], join_some(names))
        for reason, text in _REASONS.items()
        if reason in live.left_out
    ]
    total = sum(live.left_out.get(reason, 0) for reason in _REASONS)
    if total:
        yield f"TRAINER_LIVE leaves out {_count(total)}: {'; '.join(reasons)}."
    elif not live.rows:
        yield (
            "TRAINER_LIVE finds no logged row with a label. Set PREDICTOR_LOG_SHARE, and send "
            "labels with make feedback."
        )
    if invalid := live.left_out.get("invalid_line"):
        yield f"TRAINER_LIVE skips lines of the prediction log that are not rows: {invalid}."
    if segments := live.left_out.get("oversized_segment"):
        yield (
            f"TRAINER_LIVE skips segments of rows or labels that have more than "
            f"{MAX_SEGMENT_BYTES >> 20} MiB: {segments}. make fsck names them."
        )


def _count(rows: int) -> str:
    return f"{rows} labelled {'row' if rows == 1 else 'rows'} of the log"
