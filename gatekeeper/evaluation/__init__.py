"""How are the facts about challenger and champion gathered?

The models run in child processes: gatekeeper.sandbox. Both exchange the messages of
gatekeeper.evidence.
"""
