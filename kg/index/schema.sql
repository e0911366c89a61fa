CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE thing (iri TEXT PRIMARY KEY, type TEXT NOT NULL, ref TEXT NOT NULL, label TEXT NOT NULL, sorting TEXT NOT NULL, summary TEXT NOT NULL,
                    latitude REAL, longitude REAL);
CREATE INDEX thing_type ON thing (type, sorting, iri);
CREATE TABLE facet (iri TEXT NOT NULL, facet TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (iri, facet, value)) WITHOUT ROWID;
CREATE INDEX facet_value ON facet (facet, value, iri);
CREATE TABLE label (iri TEXT NOT NULL, language TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (iri, language, kind, text)) WITHOUT ROWID;
CREATE TABLE replaced (iri TEXT PRIMARY KEY, kept TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5 (iri UNINDEXED, label, other, body, tokenize = "unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE name USING fts5 (iri UNINDEXED, text, tokenize = "unicode61 remove_diacritics 2", prefix = "1 2 3");
CREATE VIRTUAL TABLE trigram USING fts5 (folded, tokenize = "trigram", detail = none);
CREATE TABLE synergy (iri TEXT PRIMARY KEY, one TEXT NOT NULL, other TEXT NOT NULL, type TEXT NOT NULL, score REAL, review TEXT NOT NULL,
                      giver TEXT NOT NULL, why TEXT NOT NULL);
CREATE INDEX synergy_score ON synergy (score DESC, iri);
CREATE INDEX synergy_one ON synergy (one);
CREATE INDEX synergy_other ON synergy (other);
CREATE TABLE kind (synergy TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (type, synergy)) WITHOUT ROWID;
