"""Room snapshot."""
