"""A branch of forty members through a year, from one conversation file."""
