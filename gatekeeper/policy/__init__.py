"""Do the facts allow a promotion? Pure functions, without files, clock or HTTP.

Each check is in a file named after its id. `policy.CHECKS` lists them in their order.
"""
