"""Do the facts allow a promotion? Pure functions, without files, clock or HTTP."""
