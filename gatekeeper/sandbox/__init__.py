"""What runs in the child process, beside models that nobody trusts yet?

It is started by gatekeeper.evaluation. Both exchange the messages of gatekeeper.evidence.
"""
