"""Which logged rows with labels join the data set, and which are left out?"""
