"""Who the staff are: persons, their roles and contacts, who is on duty, and which person an OS user is."""

from incident.people.identity import WORKER, identify, identify_by_code, os_user
from incident.people.person import SECTION, Person, read_people

__all__ = ["SECTION", "WORKER", "Person", "identify", "identify_by_code", "os_user", "read_people"]
