"""The checkout that the tests read and start."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
