"""LoupeBench: how well a method sees what a picture did to its piece, and how well it lets pass what is harmless.

See docs/loupebench.md for how to enter a method.
"""
