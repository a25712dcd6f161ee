"""How do columns become typed, split and hashed rows?"""
