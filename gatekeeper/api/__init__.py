"""What does the gatekeeper answer to programs over HTTP?"""
