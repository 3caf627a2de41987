"""What is imported when nothing is rendered."""

from __future__ import annotations

import subprocess
import sys


def test_names_and_lists_load_no_template_engine() -> None:
    """`incident list` reads the organisation and the catalog's names, without jinja2, Babel or regex."""
    code = (
        "import sys; from incident.message import Catalog, Organisation, Rendered, fill; Catalog.open().names();"
        "fill(Rendered('sms', {'text': 'x'}), {}); print(*{'jinja2', 'babel', 'regex'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
