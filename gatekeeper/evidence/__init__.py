"""Which facts does the gate judge? Data only, shared by the gatekeeper and its child processes."""
