"""Who the staff are: persons, their roles and contacts, and which person an OS user is."""

from incident.people.identity import WORKER, identify, os_user
from incident.people.person import SECTION, Person, read_people

__all__ = ["SECTION", "WORKER", "Person", "identify", "os_user", "read_people"]
