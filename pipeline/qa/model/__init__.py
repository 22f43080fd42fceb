"""Checks of the person in the picture: hands that bend as hands do, a face and no mask, skin and no plastic, a body that can stand so."""
