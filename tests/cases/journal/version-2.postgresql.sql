-- A journal of version 2 with one contribution that is published.
CREATE TABLE property (name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE contribution (reference TEXT NOT NULL, token TEXT NOT NULL, agent TEXT NOT NULL, form TEXT NOT NULL, source TEXT NOT NULL,
    received TEXT NOT NULL, replaces TEXT NOT NULL, PRIMARY KEY (reference));
CREATE TABLE contact (reference TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (reference),
    FOREIGN KEY (reference) REFERENCES contribution (reference));
CREATE TABLE event (sequence BIGSERIAL NOT NULL PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL,
    agent TEXT NOT NULL, note TEXT NOT NULL, content BYTEA, added BYTEA, removed BYTEA, dropped TEXT, gone TEXT);
CREATE TABLE key (reference TEXT NOT NULL, digest TEXT NOT NULL, agent TEXT NOT NULL, role TEXT NOT NULL, space TEXT NOT NULL,
    created TEXT NOT NULL, revoked TEXT NOT NULL, PRIMARY KEY (reference), UNIQUE (digest));
CREATE INDEX ix_event_reference ON event (reference);
CREATE INDEX event_changes ON event (sequence) WHERE added IS NOT NULL;
INSERT INTO property VALUES ('version', '2');
INSERT INTO contribution VALUES ('a', 'digest', 'https://example.org/id/agent', 'initiative', '', '2026-11-01T00:00:00Z', '["urn:a"]');
INSERT INTO event (at, kind, reference, agent, note, content) VALUES
    ('2026-11-01T00:00:00Z', 'submitted', 'a', 'https://example.org/id/agent', '', '\x789cb3292dcab34ab453b001d149503a194aa7db29e8710100c1350a6a');
INSERT INTO event (at, kind, reference, agent, note) VALUES ('2026-11-02T00:00:00Z', 'accepted', 'a', 'https://example.org/id/agent', '');
INSERT INTO event (at, kind, reference, agent, note, added, removed, dropped, gone) VALUES
    ('2026-11-02T00:00:01Z', 'published', 'a', 'https://example.org/id/agent', '', '\x789cb3292dcab34ab453b001d149503a194aa7db29e8710100c1350a6a', '\x789c030000000001', '[]', '[]');
