"""How is a candidate written to the store, and what is reported about it?"""
