"""How does the gatekeeper gather the facts about challenger and champion?

Models run in child processes, see `gatekeeper.sandbox`. Both exchange the messages of
`gatekeeper.evidence`.
"""
