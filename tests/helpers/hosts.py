"""Hosts of files as Debian has them: Apache, with rules in ``.htaccess`` or its configuration, and nginx."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from benchmarks.processes import NotAvailable, find_program, free_port, serving

_MODULES: Final = Path("/usr/lib/apache2/modules")
_LOADED: Final = ("mpm_event", "authz_core", "dir", "mime", "negotiation", "headers", "rewrite")
_APACHE: Final = """
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
User www-data
Group www-data
ErrorLog {folder}/apache.log
TypesConfig /etc/mime.types
DirectoryIndex index.html
{modules}
DocumentRoot {root}
<Directory {root}>
  AllowOverride All
  Require all granted
{lines}
</Directory>
"""
_NGINX: Final = """
pid {folder}/nginx.pid;
daemon off;
events {{}}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port};
    root {root};
{lines}
  }}
}}
"""


@contextmanager
def run_host(name: str, folder: Path, root: Path, lines: str = "") -> Iterator[str]:
    """Have ``apache2`` or ``nginx`` serve ``root``, configured by ``lines``; yield the address, ending in a slash.

    ``folder`` is for what the program writes. The test is skipped where the program is not at hand.
    """
    try:
        program = find_program(name, name)
    except NotAvailable as error:
        pytest.skip(str(error))
    for parent in (root, *list(root.parents)[:4]):
        if parent.owner() == folder.owner() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o055)  # started by root, they read as another user
    port, configuration = free_port(), folder / f"{name}.conf"
    modules = "\n".join(f"LoadModule {module}_module {_MODULES}/mod_{module}.so" for module in _LOADED)
    template, command = (_APACHE, ("-X", "-f")) if name == "apache2" else (_NGINX, ("-e", folder / "nginx.log", "-c"))
    told = template.format(folder=folder, port=port, root=root, lines=lines, modules=modules)
    configuration.write_text(told, "utf-8")
    with serving([program, *map(str, command), str(configuration)], port, folder / f"{name}.out", 60):
        yield f"http://127.0.0.1:{port}/"
