"""Which scripts measure single figures of the documents?"""
