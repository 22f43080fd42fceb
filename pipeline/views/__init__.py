"""The pipeline's pages: the desk with its generations and reports, and the plates."""
