"""How are one request or many answered by one model call?"""
