"""Check whether a score on these splits can be trusted, before anything is fitted.

The work is bounded: large tables are sampled, with the seed of the run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from shared.contract.documents import DataSummary, Feature
from shared.scoring.row_hash_file import RowHashes
from trainer.dataset.columns.dropped_columns import parse_names
from trainer.dataset.dataset import Dataset
from trainer.dataset.split import Splits
from trainer.settings import TrainerSettings
from trainer.split_checks import warning_text
from trainer.split_checks.distinct_holdout import are_few, are_uneven, count_effective
from trainer.split_checks.group_columns import GroupColumn, choose_group_rows, judge_column
from trainer.split_checks.near_rows import MOST_RANKS, find_near_rows
from trainer.split_checks.neighbours import Neighbours
from trainer.split_checks.pair_columns import describe_pairs
from trainer.split_checks.row_order import find_drift, find_increasing
from trainer.split_checks.row_space import Indices, RowSpace
from trainer.split_checks.warning_text import SplitSettings

MAX_COLUMNS = 64
"""Most columns that are compared: near rows are near in every column."""
MAX_TRAIN_ROWS = 100_000
MAX_VALUES = 4_000_000
"""Most values of the train rows that are compared."""
MAX_COMPARISONS = 200_000_000
"""Most pairs of values of holdout and train rows."""
_FEWEST_QUERIES, _MOST_QUERIES = 100, 400
MAX_ORDERED_ROWS = 4_000
"""Most rows in which drift is looked for."""
_MAX_GROUP_ROWS = 50_000
"""Most rows in which columns of groups are looked for."""

_CROSSING = 0.1
"""The share of holdout rows that have a value of train rows, in a column of groups."""


@dataclass(frozen=True)
class SplitFindings:
    """Sentences about columns, and reasons why a score on the splits may mislead."""

    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def add_to(self, summary: DataSummary) -> DataSummary:
        """Return *summary* with the findings."""
        notes = (*summary.notes, *self.notes)
        return summary.model_copy(update={"notes": notes, "warnings": self.warnings})


def check_split(
    dataset: Dataset, splits: Splits, hashes: RowHashes, own: TrainerSettings
) -> SplitFindings:
    """Look for what a score hides. *dataset* has the rows of *splits*, in the same order."""
    settings = SplitSettings(own.row_key, own.time, parse_names(own.drop))
    check = _SplitCheck(dataset, splits, settings, np.random.default_rng(own.seed))
    increasing = check.find_increasing()
    notes = (
        warning_text.note_increasing(name, settings)
        for name in increasing
        if not any(warning_text.is_question(note, name) for note in dataset.notes)
    )
    warnings = [*check.warn_about_sizes(hashes)]
    if dataset.times is None:
        warnings += check.warn_about_groups(check.find_groups())
        warnings += check.warn_about_drift(increasing)
    return SplitFindings(tuple(notes), tuple(warnings))


class _SplitCheck:
    """The rows of a run and the random numbers that sample them."""

    def __init__(
        self,
        dataset: Dataset,
        splits: Splits,
        settings: SplitSettings,
        random: np.random.Generator,
    ) -> None:
        self._dataset, self._settings, self._random = dataset, settings, random
        self._sizes = [len(split.rows) for split in splits.by_name().values()]
        self._places = splits.places
        self._columns = self._sample(0, len(dataset.schema.features), MAX_COLUMNS)

    def find_increasing(self) -> list[str]:
        """Return the columns that grow or fall with the number of the row."""
        if self._places is None:
            return []
        order = np.argsort(self._places)[: self._table_rows]
        return [*find_increasing(self._dataset.rows, self._dataset.schema.features, order)]

    def warn_about_sizes(self, hashes: RowHashes) -> Iterator[str]:
        """Yield a warning about uneven splits, and one about few different holdout rows."""
        if are_uneven(self._sizes):
            yield warning_text.describe_uneven(self._sizes, self._settings)
        if self._dataset.times is not None:
            return
        count, effective = count_effective(hashes.holdout)
        if are_few(self._sizes[-1], effective):
            yield warning_text.describe_few(self._sizes[-1], count, effective, self._settings)

    def find_groups(self) -> list[GroupColumn]:
        """Return the columns that name groups of rows, if these groups are in two splits."""
        schema, target, found = self._dataset.schema, self._dataset.target, []
        for index, feature in enumerate(schema.features):
            column = self._dataset.rows[:, index]
            some = choose_group_rows(column, _MAX_GROUP_ROWS, self._random)
            group = judge_column(feature, column[some], target[some], schema.task)
            if group is not None and self._is_in_two_splits(index):
                found.append(group)
        return found

    def warn_about_groups(self, groups: Sequence[GroupColumn]) -> Iterator[str]:
        """Yield warnings about *groups*, and about near rows in two splits."""
        if groups:
            yield warning_text.describe_groups(groups, self._settings)
        columns = self._columns
        features = self._features(columns)
        chosen, train = self._choose_rows(len(columns))
        space = RowSpace.of(self._dataset.rows[np.ix_(chosen, columns)], features)
        neighbours = Neighbours.find(
            space,
            np.arange(train, len(chosen)),
            np.arange(train),
            self._dataset.target[chosen],
            self._dataset.schema.task,
            most=MOST_RANKS,
        )
        found = find_near_rows(neighbours, sum(each.type == "number" for each in features))
        if found is None or (groups and not found.are_copies):
            return
        pairs = describe_pairs(space, found.pairs, [feature.name for feature in features])
        if pairs.key not in {group.name for group in groups}:
            example = self._locate([int(chosen[side[0]]) for side in found.pairs])
            yield warning_text.describe_near(found, pairs, example, self._settings)

    def warn_about_drift(self, increasing: list[str]) -> Iterator[str]:
        """Yield a warning if the last rows of the table differ from the others."""
        if self._places is None:
            return
        columns = self._columns
        rows = np.flatnonzero(self._places < self._table_rows)
        chosen = rows[self._sample(0, len(rows), MAX_ORDERED_ROWS)]
        chosen = chosen[np.argsort(self._places[chosen])]
        space = RowSpace.of(self._dataset.rows[np.ix_(chosen, columns)], self._features(columns))
        task, target = self._dataset.schema.task, self._dataset.target[chosen]
        drift = find_drift(space, np.arange(len(chosen)), target, task, self._random)
        if drift is not None:
            yield warning_text.describe_drift(drift, task, increasing)

    def _is_in_two_splits(self, column: int) -> bool:
        """Decide whether values of holdout rows are those of train rows too, as usual."""
        values = self._dataset.rows[:, column]
        train, holdout = values[: self._sizes[0]], values[-self._sizes[-1] :]
        return bool(np.isin(holdout, train).mean() >= _CROSSING)

    def _choose_rows(self, columns: int) -> tuple[Indices, int]:
        """Return some train rows and then some holdout rows, and the number of the first ones."""
        end = sum(self._sizes)
        most = min(MAX_TRAIN_ROWS, max(1, MAX_VALUES // columns))
        train = self._sample(0, self._sizes[0], most)
        queries = MAX_COMPARISONS // (len(train) * columns)
        queries = min(max(queries, _FEWEST_QUERIES), _MOST_QUERIES)
        holdout = self._sample(end - self._sizes[-1], end, queries)
        return np.concatenate([train, holdout]), len(train)

    def _locate(self, rows: list[int]) -> list[int]:
        """Return the numbers of rows in the table, from 1.

        Return nothing if it has no order, or if one of the rows is from the prediction log.
        """
        if self._places is None or (self._places[rows] >= self._table_rows).any():
            return []
        places = self._places[rows]
        if self._dataset.labelled is not None:  # rows without a target are in the table too
            places = np.flatnonzero(self._dataset.labelled)[places]
        return sorted(int(place) + 1 for place in places)

    @property
    def _table_rows(self) -> int:
        """The number of rows from the table. Those of the prediction log are behind them."""
        live = self._dataset.live
        return len(self._dataset.rows) - (live.rows if live else 0)

    def _features(self, columns: Indices) -> list[Feature]:
        return [self._dataset.schema.features[column] for column in columns]

    def _sample(self, start: int, end: int, most: int) -> Indices:
        """Return at most *most* of the numbers from *start* to *end*, in their order."""
        if end - start <= most:
            return np.arange(start, end)
        return np.sort(self._random.choice(end - start, most, replace=False)) + start
