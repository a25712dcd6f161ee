"""The error of a query, with the sentence that the user reads."""


class QueryError(Exception):
    """A query cannot be run; its text is the whole sentence."""
