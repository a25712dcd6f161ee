"""How long does the gatekeeper need for its pages with a large store?"""
