"""The app's pages, a module a page."""
