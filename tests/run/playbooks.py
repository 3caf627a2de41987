"""Small playbooks for tests of runs, each showing one thing."""

HEAD = """\
schema: incident.playbook/v1
id: {id}
revision: 1
title: {{en: Small}}
kind: outage
params:
  - {{name: dc, type: string, default: sh1}}
roles:
  commander: {{}}
  comms: {{not_same_as: commander}}
steps:
"""

GATED = """\
  - id: first-notice
    type: announce
    template: first-notice
    audience: everyone
    approval: {by: [comms, commander]}
"""
PLAIN = """\
  - {id: first-notice, type: announce, template: first-notice, audience: everyone}
"""


def book(id: str, steps: str, **extra: str) -> str:
    """A whole playbook of these steps."""
    return HEAD.format(id=id) + steps
