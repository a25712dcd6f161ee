"""What runs in a child process, where untrusted models can do no harm?

`gatekeeper.evaluation` starts these processes. Both exchange the messages of
`gatekeeper.evidence`.
"""
