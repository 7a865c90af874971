"""What helps a curator."""
