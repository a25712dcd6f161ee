"""The files that pages of both services have: a style sheet and an icon."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
STYLE_SHEET = _FOLDER / "style.css"
ICON = _FOLDER / "icon.svg"
