"""Is a store whole, and how is it backed up and restored?"""
