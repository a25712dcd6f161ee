"""What do the HTML reports of a candidate and of a table show?"""
