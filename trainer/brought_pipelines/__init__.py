"""How does a fitted pipeline from elsewhere become one that the trainer's own conversion takes?"""
