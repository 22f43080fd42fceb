"""The checks on the piece itself: is what is in the picture, feature by feature, what was photographed?"""
