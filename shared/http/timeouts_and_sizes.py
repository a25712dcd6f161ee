"""The timeouts of a request and of an idle connection, and the largest size of a head."""

HEAD_BYTES = 16 << 10
"""The largest request line with its headers, in bytes."""
HEAD_PIECE_BYTES = 2 << 10
"""Bytes of a head that are parsed at once: the parser does not say how many of them it buffers."""
LARGE_READ_BYTES = 64 << 10
"""Bytes after whose arrival a connection lets all others read first."""
DROP_SECONDS = 0.01
"""Seconds between two large reads of data that is only dropped."""
HEAD_SECONDS = 10
"""Seconds from the first byte of a request to the end of its headers."""
BODY_SECONDS = 60
"""Seconds from the end of the headers to the end of the body."""
IDLE_SECONDS = 75
"""Seconds between two requests, and seconds in which a client may read nothing of a response."""
LINGER_SECONDS = 5
"""Seconds to read a refusal, and seconds in which a closing connection must end."""
LAST_REQUEST_SECONDS = 0.05
"""Seconds in which a stopping server still accepts requests on idle connections."""

BACKLOG = 2048
"""Connections that may wait until a worker of the predictor accepts them."""
