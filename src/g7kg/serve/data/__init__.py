"""Linked data over HTTP: IRIs to documents, and how machines find what is here."""
