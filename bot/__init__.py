"""Zhibu (支部助手): a chat-bot for grassroots Party branches."""

__version__ = "0.1.0"
