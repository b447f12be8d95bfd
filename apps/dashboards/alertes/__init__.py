"""The dashboard of alerts (cahier des charges §3.1): a function per rule, facts read once."""
