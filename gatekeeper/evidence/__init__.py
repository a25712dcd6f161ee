"""Which facts does the gate judge? Data only, shared by the service and its child processes."""
