"""What `make` needs to run all services on one machine: checks, a process manager, a welcome."""
