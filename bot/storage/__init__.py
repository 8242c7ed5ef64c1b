"""SQLAlchemy models, the engine, migrations; implements the ports `TokenStore` and `Lease`."""
