"""Which figures in the documents have a script of their own?"""
