"""What this program is built from: its lock file read, audited, and written as a bill of materials."""
