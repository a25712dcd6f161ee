"""How are the files on the volume read and written safely?"""
