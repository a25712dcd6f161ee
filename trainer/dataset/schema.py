"""What every model of one data set shares: what it takes and what it answers."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.contract.documents import Feature, Task


@dataclass(frozen=True)
class DataSchema:
    """The features in their order, and the classes by index (none for a regression)."""

    task: Task
    features: tuple[Feature, ...]
    classes: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The features' names."""
        return tuple(feature.name for feature in self.features)


def number_features(names: Iterable[str]) -> tuple[Feature, ...]:
    """Features that are numbers without holes."""
    return tuple(Feature(name=name, type="number") for name in names)
