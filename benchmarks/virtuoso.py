"""How Virtuoso 7 is started: it needs a folder, a file of settings, and a port for SQL besides that for HTTP."""

from pathlib import Path
from typing import Final

from benchmarks.processes import free_port

_SETTINGS: Final = Path(__file__).with_name("virtuoso.ini")


def write_virtuoso(program: str, port: int, folder: Path) -> list[str]:
    """Write the settings for a server whose data is in ``folder``; return the command that starts it."""
    folder = folder.resolve()
    values = {"FOLDER": str(folder), "HTTP": str(port), "SQL": str(free_port())}
    text = _SETTINGS.read_text("utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    settings = folder / "virtuoso.ini"
    settings.write_text(text, "utf-8")
    return [program, "-f", "+configfile", str(settings)]
