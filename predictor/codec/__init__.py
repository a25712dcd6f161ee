"""How do bytes become rows, and predictions bytes?"""
