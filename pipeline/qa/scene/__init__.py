"""Checks on the piece in its scene, by what its layers record: how its edge meets the ground, what carries it, what hides it."""
