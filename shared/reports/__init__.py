"""What does the HTML report of a candidate show?"""
