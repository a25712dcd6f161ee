"""Does the model answer what production was asked, and how do its answers differ?"""
