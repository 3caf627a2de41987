"""Go on without the database: whom to call, what to say, a local journal."""
