"""What do the files on the volume look like, and who signed them?"""
