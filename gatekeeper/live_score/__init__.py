"""How good are the answers of production, by the labels that came back?"""
