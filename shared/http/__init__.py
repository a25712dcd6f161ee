"""Which timeouts, limits and shutdown do both services apply to HTTP?

A connection passes these states. `check` measures the seconds in the current one:

    opened ──▶ idle ──first byte──▶ head ──end──▶ body ──end──▶ answering
               │ ▲                   │             │             │
               │ └───────────────────┼─────────────┼─response sent─┘
          75 s │      10 s or 16 KiB │        60 s │
               ▼                     ▼             ▼
             closed ◀── 5 s ── refused: 400, 408 or 431, after the earlier responses

A client that reads nothing of its response for 75 s is disconnected in any state.

The protocol class has five layers. Each one is a subclass of the one before it:

- `shutdown_protocol` corrects uvicorn's protocol: half-closed connections, upgrades, trailers, and
  a shutdown that loses no request.
- `upload_protocol` counts the bytes of bodies, so that all uploads together have a limit.
- `head_protocol` refuses heads that are too large, and requests for other hosts.
- `limits_protocol` adds the timeouts and limits above, the refusals, and room for new connections
  when too many are open.
- `predictor/http/fast_protocol.py` answers common predictions without the application. Only the
  predictor has it.
"""
