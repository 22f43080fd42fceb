"""The review's pages: lists, the review page, marks, deliveries."""
