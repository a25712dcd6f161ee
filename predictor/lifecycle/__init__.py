"""How does a worker follow the registry: load, swap, retry, report?"""
