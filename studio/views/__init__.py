"""The studio app's pages, a file a subject."""
