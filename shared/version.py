"""The release, for programs that ask a service for it; pyproject.toml says the same."""

VERSION = "0.1.0"
