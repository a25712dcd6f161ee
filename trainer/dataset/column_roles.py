"""The columns of a table that are not features.

They are the target, the row key, the time, those that are kept for slices, and the dropped ones.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from shared.errors import DatasetError, SettingsError
from shared.inference.text_form import normalise_text
from shared.scoring.slice_columns import MAX_SLICE_COLUMNS
from trainer.dataset.columns import dropped_columns
from trainer.problems import Problems
from trainer.settings import TrainerSettings
from trainer.tables.column_names import ColumnNames


@dataclass(frozen=True)
class ColumnRoles:
    """The names of the columns that the settings name, in the normal form of names."""

    target: str | None
    """None if TRAINER_TARGET is a problem."""
    key: str | None
    time: str | None
    dropped: tuple[str, ...]
    kept: tuple[str, ...] = ()
    """Those of TRAINER_SLICE_COLUMNS, which may have another role too."""

    @property
    def named(self) -> dict[str, str]:
        """The column of each setting of one column, without those that are not set."""
        roles = {
            "TRAINER_TARGET": self.target,
            "TRAINER_ROW_KEY": self.key,
            "TRAINER_TIME": self.time,
        }
        return {setting: name for setting, name in roles.items() if name is not None}

    @property
    def untyped(self) -> dict[str, tuple[str, ...]]:
        """The columns that TRAINER_TYPES must not name, by setting."""
        single = {s: (name,) for s, name in self.named.items() if s != "TRAINER_TARGET"}
        return {**single, "TRAINER_DROP": tuple(n for n in self.dropped if n not in self.kept)}

    def find(self, names: ColumnNames, source: str, problems: Problems) -> "ColumnRoles":
        """Return the roles of the columns that are in the table; each other one is a problem."""
        found = {
            setting: names.find(setting, (name,), source, problems).get(name)
            for setting, name in self.named.items()
        }
        dropped = names.find("TRAINER_DROP", self.dropped, source, problems)
        kept = names.find("TRAINER_SLICE_COLUMNS", self.kept, source, problems)
        single = {found.get(setting) for setting in self.named}
        return ColumnRoles(
            target=found.get("TRAINER_TARGET"),
            key=found.get("TRAINER_ROW_KEY"),
            time=found.get("TRAINER_TIME"),
            dropped=tuple(name for name in dict.fromkeys(dropped.values()) if name not in single),
            kept=tuple(dict.fromkeys(kept.values())),
        )

    def without(self, unreadable: Collection[str]) -> "ColumnRoles":
        """Return the roles of the columns that can be read."""
        target, key, time = (
            None if name in unreadable else name for name in (self.target, self.key, self.time)
        )
        kept = tuple(name for name in self.kept if name not in unreadable)
        return ColumnRoles(target, key, time, self.dropped, kept)

    def list_features(self, names: ColumnNames, source: str) -> tuple[str, ...]:
        """Return the columns without a role; raise DatasetError if there are none."""
        others = {*self.named.values(), *self.dropped, *self.kept}
        features = tuple(name for name in names.normal if name not in others)
        if not features:
            only = f"{self.target!r} is its only column that is not dropped"
            raise DatasetError(
                f"{source} has no features: {only if self.target else 'all columns are dropped'}."
            )
        return features


def parse_roles(settings: TrainerSettings, problems: Problems) -> ColumnRoles:
    """Return the columns that the settings name. Settings that contradict are problems."""
    dropped: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    with problems:
        dropped = dropped_columns.parse_names(settings.drop)
    with problems:
        kept = dropped_columns.parse_names(settings.slice_columns, "TRAINER_SLICE_COLUMNS")
    roles = ColumnRoles(
        target=_normalise(settings.target),
        key=_normalise(settings.row_key),
        time=_normalise(settings.time),
        dropped=dropped,
        kept=kept,
    )
    for message in _find_contradictions(roles, settings):
        problems.add(SettingsError(message))
    return roles


def _find_contradictions(roles: ColumnRoles, settings: TrainerSettings) -> Iterator[str]:
    if roles.target is None:
        yield f"Set TRAINER_TARGET to the column of {settings.dataset} to predict."
    for setting, name in roles.named.items():
        if name == roles.target and setting != "TRAINER_TARGET":
            yield f"{setting} and TRAINER_TARGET name the same column."
        if name in roles.dropped:
            yield f"TRAINER_DROP and {setting} both name {name!r}. Remove it from TRAINER_DROP."
    if roles.target is not None and roles.target in roles.kept:
        yield (
            f"TRAINER_SLICE_COLUMNS and TRAINER_TARGET both name {roles.target!r}. Remove it from "
            "TRAINER_SLICE_COLUMNS; GATEKEEPER_RECALL_FLOOR is a limit for each class."
        )
    if len(roles.kept) > MAX_SLICE_COLUMNS:
        yield (
            f"TRAINER_SLICE_COLUMNS names {len(roles.kept)} columns; at most {MAX_SLICE_COLUMNS} "
            "are allowed. Name those that GATEKEEPER_SLICES needs."
        )
    if roles.time is None and settings.date_order and not roles.kept:
        yield "TRAINER_DATE_ORDER is for the dates in TRAINER_TIME, which is not set. Unset it."
    if roles.time is not None and settings.split_salt:
        yield "TRAINER_TIME splits by time, so TRAINER_SPLIT_SALT has no effect. Unset one of them."


def _normalise(name: str | None) -> str | None:
    return None if name is None else normalise_text(name)
