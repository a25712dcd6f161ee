"""How are the services started, on one machine and in containers?"""
