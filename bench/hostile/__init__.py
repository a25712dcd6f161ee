"""How much do the worst request bodies cost, and how do they affect a good client?"""
