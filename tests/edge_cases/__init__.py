"""The edge cases of branch life, one test each, named after its number."""
