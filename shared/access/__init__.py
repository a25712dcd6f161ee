"""How do services and clients trust each other: keys, certificates and TLS?"""
