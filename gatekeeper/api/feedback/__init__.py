"""How does a program send labels, and what does the answer say about them?"""
