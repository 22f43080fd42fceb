"""Teaching the network that tells a change of the piece from a change of its light."""
