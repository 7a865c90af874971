"""Room shacl/renderings."""
