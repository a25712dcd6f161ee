"""What is known about one version, as a document that people keep elsewhere?"""
