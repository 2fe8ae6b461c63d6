"""Where state rests: the database (SQLite or PostgreSQL) and object stores."""
