"""Pictures: geometry computed from values, without markup; templates turn it into SVG."""
