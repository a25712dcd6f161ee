"""Write a card as Markdown."""

from collections.abc import Iterator

from gatekeeper.card.document import Card, Section, Table
from gatekeeper.markdown_text import escape_markdown as escape
from gatekeeper.markdown_text import make_table


def to_markdown(card: Card) -> str:
    """Return the card. Text of documents has every sign of Markdown escaped."""
    lines = [f"# {escape(card.title)}", "", escape(card.summary), ""]
    for section in card.sections:
        lines += _write_section(section)
    return "\n".join(lines)


def _write_section(section: Section) -> Iterator[str]:
    yield f"## {escape(section.title)}"
    yield ""
    for sentence in section.sentences:
        yield escape(sentence)
        yield ""
    for name, value in section.pairs:
        yield f"- **{escape(name)}**: {escape(value)}"
    for item in section.items:
        yield f"- {escape(item)}"
    if section.pairs or section.items:
        yield ""
    for table in section.tables:
        yield from _write_table(table)


def _write_table(table: Table) -> Iterator[str]:
    yield f"{escape(table.caption)}:"
    yield ""
    yield make_table(table.columns, table.rows)
