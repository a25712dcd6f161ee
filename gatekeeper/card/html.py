"""Write a card as a page that needs no other file."""

from pathlib import Path

from gatekeeper.card.document import Card
from shared.reports.html_report import make_environment
from shared.reports.page_files import STYLE_SHEET

_TEMPLATES = Path(__file__).with_name("templates")


def to_html(card: Card) -> str:
    """Return the card: it has no script and fetches nothing, and every value is escaped."""
    from markupsafe import Markup  # noqa: PLC0415 - only a page needs it

    style = Markup(STYLE_SHEET.read_text(encoding="utf-8"))  # noqa: S704 - our own file
    template = make_environment(_TEMPLATES).get_template("card.html")
    return template.render(style=style, title=card.title, card=card) + "\n"
