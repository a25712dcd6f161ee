"""Which rules does a part of the store break?"""
