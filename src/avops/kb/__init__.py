"""The knowledge base: a folder of articles, searched, and added to from allowed sources."""
