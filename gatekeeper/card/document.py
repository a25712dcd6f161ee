"""The content of a model card: sections of sentences, pairs, lists and tables, without a format."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """A table of strings."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    """Each row has a string for each column."""


@dataclass(frozen=True)
class Section:
    """A part of the card under one heading. Empty parts are not written."""

    title: str
    pairs: Sequence[tuple[str, str]] = ()
    """Names and values."""
    sentences: Sequence[str] = ()
    items: Sequence[str] = ()
    """A list."""
    tables: Sequence[Table] = ()

    @property
    def slug(self) -> str:
        """The id of the heading."""
        return self.title.lower().replace(" ", "-")

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known for it."""
        return not (self.pairs or self.sentences or self.items or self.tables)


@dataclass(frozen=True)
class Card:
    """A model card."""

    title: str
    summary: str
    """One sentence: what the version predicts, and whether it is in production."""
    sections: Sequence[Section] = field(default_factory=tuple)
