-- Parents and children: incidents of one cause, each with its own commander, words and end; one level deep
ALTER TABLE incident ADD COLUMN parent TEXT;
CREATE INDEX incident_parent ON incident (parent) WHERE parent IS NOT NULL;
