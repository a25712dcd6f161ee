"""Which load is sent, and are its answers right?"""
