"""The columns of a table that are not features: the target, the row key, the time, the dropped."""

from dataclasses import dataclass

from shared.errors import SettingsError
from shared.inference.text_form import normalise_text
from trainer.dataset.columns import dropped_columns
from trainer.settings import TrainerSettings
from trainer.tables.column_names import ColumnNames


@dataclass(frozen=True)
class ColumnRoles:
    """The names of the columns that the settings name, in the normal form of names."""

    target: str
    key: str | None
    time: str | None
    dropped: tuple[str, ...]

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
        return {**single, "TRAINER_DROP": self.dropped}

    def require_known(self, names: ColumnNames, source: str) -> None:
        """Raise DatasetError for a column that is not in the table."""
        for setting, name in self.named.items():
            names.find(setting, (name,), source)
        names.find("TRAINER_DROP", self.dropped, source)


def parse_roles(settings: TrainerSettings) -> ColumnRoles:
    """Return the columns that the settings name; raise SettingsError if they contradict."""
    if settings.target is None:
        raise SettingsError(f"Set TRAINER_TARGET to the column of {settings.dataset} to predict.")
    roles = ColumnRoles(
        target=normalise_text(settings.target),
        key=_normalise(settings.row_key),
        time=_normalise(settings.time),
        dropped=dropped_columns.parse_names(settings.drop),
    )
    for setting, name in roles.named.items():
        if name == roles.target and setting != "TRAINER_TARGET":
            raise SettingsError(f"{setting} and TRAINER_TARGET name the same column.")
        if name in roles.dropped:
            raise SettingsError(
                f"TRAINER_DROP and {setting} both name {name!r}. Remove it from TRAINER_DROP."
            )
    if roles.time is None and settings.date_order:
        raise SettingsError(
            "TRAINER_DATE_ORDER is for the dates in TRAINER_TIME, which is not set. Unset it."
        )
    if roles.time is not None and settings.split_salt:
        raise SettingsError(
            "TRAINER_TIME splits by time, so TRAINER_SPLIT_SALT has no effect. Unset one of them."
        )
    return roles


def _normalise(name: str | None) -> str | None:
    return None if name is None else normalise_text(name)
