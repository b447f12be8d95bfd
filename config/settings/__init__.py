"""Settings: `base` holds the safe defaults, `dev`, `test` and `prod` say only what differs."""
