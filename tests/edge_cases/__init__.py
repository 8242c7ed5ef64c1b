"""The 74 edge cases that a naive bot gets wrong, one test each, named by number."""
"""The edge cases of branch life, one test each, named after its number."""
