"""The book of resources and the lives they lead."""
