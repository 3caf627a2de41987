"""The kinds of channel: the file's name is what stands behind `kind:` in incident.yaml.

A kind is a module with `HELP`, `FIELDS` (its own keys), `defaults(url)` (what is not written),
`mistakes(spec)` (what cannot work, found without a network) and `open_channel(spec, clock)`. Reading settings
imports these modules, so whatever is heavy is imported where it is used.
"""
