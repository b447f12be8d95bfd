"""Database engine of the application's connection: PostgreSQL, with its scope stated."""
