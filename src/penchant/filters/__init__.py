"""The filter language: text to tree, and the checks of a tree against schemas."""
