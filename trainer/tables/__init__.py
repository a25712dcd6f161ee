"""How does a file become columns?"""
