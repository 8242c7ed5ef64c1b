"""A plugin to copy: one thing people can say, one reminder, one channel."""
