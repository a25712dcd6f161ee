"""How does a worker follow the registry: load, swap, retry, report?

`registry_watcher` finds the desired version, `loader` builds its model, and `manager` swaps one
reference. A request takes that reference once, so that one version answers all of it.
"""
