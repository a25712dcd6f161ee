"""Who gets a message about a decision, a drift or a failing worker, and how does it get there?

A process of its own, `python -m gatekeeper.notify`, follows the store and sends webhooks. The
gatekeeper itself never waits for it.
"""
