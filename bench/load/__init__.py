"""How is load generated, and are the responses right?"""
