"""Room http."""
