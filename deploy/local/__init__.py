"""How do all services run on one machine: checks, a process manager, a welcome?"""
