"""x"""
import click
@click.command()
def query() -> None:
    """x"""
