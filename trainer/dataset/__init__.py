"""How do columns become typed and hashed rows?"""
