"""What does the page of live counts show, and how are its charts drawn?"""
