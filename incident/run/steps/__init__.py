"""One file per step type; the file's name is the type that people write in YAML.

Each declares FIELDS, EFFECT and HELP for the playbook loader, `decide` (pure: what is to be done next about this step)
and EFFECTS (verb -> what doing it means, through the desk, in the transaction that writes the history).
"""
