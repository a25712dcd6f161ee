"""Is a text a date or a time, and which one?"""
