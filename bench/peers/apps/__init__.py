"""Which small services does the benchmark compare with, each in its own environment?"""
