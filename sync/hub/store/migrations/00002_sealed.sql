-- The tables that both databases have after their second migration: SQLite fills them from those of the first (upgrade.go), PostgreSQL
-- begins with them. PostgreSQL has another word for BLOB, which sealedTables puts in.
CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE desks (
  id          TEXT PRIMARY KEY,
  site        TEXT NOT NULL,
  program     TEXT NOT NULL,
  enrolled_ms BIGINT NOT NULL,
  seen_ms     BIGINT NOT NULL,
  skew_ms     BIGINT NOT NULL,
  revoked_ms  BIGINT NOT NULL,
  entries     BIGINT NOT NULL
);

-- The certificates that are good, by SHA-256 of certificate and key.
CREATE TABLE certificates (
  certificate TEXT PRIMARY KEY,
  desk        TEXT NOT NULL REFERENCES desks (id),
  public_key  TEXT NOT NULL,
  shown       BIGINT NOT NULL
);
CREATE INDEX certificates_of ON certificates (desk);

CREATE TABLE codes (
  secret_hash TEXT PRIMARY KEY,
  site        TEXT NOT NULL,
  desk        TEXT NOT NULL,
  expires_ms  BIGINT NOT NULL,
  used_ms     BIGINT NOT NULL,
  used_key    TEXT NOT NULL
);

CREATE TABLE epochs (
  desk     TEXT NOT NULL REFERENCES desks (id),
  id       TEXT NOT NULL,
  from_seq BIGINT NOT NULL,
  prev     TEXT NOT NULL,
  durable  BIGINT NOT NULL,
  last     TEXT NOT NULL,
  PRIMARY KEY (desk, id)
);

-- header is the entry without its content, sealed the whole entry as it came; empty once erased. That desk and epoch are there is
-- seen to by the transaction that writes, which holds both: a check for each row costs more than the row.
CREATE TABLE entries (
  desk        TEXT NOT NULL,
  epoch       TEXT NOT NULL,
  seq         BIGINT NOT NULL,
  id          TEXT NOT NULL,
  visit       TEXT NOT NULL,
  digest      TEXT NOT NULL,
  received_ms BIGINT NOT NULL,
  header      TEXT NOT NULL,
  sealed      BLOB NOT NULL,
  PRIMARY KEY (desk, epoch, seq)
);
CREATE INDEX entries_of_visit ON entries (desk, visit) WHERE visit <> '';

CREATE TABLE records (
  desk        TEXT NOT NULL,
  entry       TEXT NOT NULL,
  kind        TEXT NOT NULL,
  epoch       TEXT NOT NULL,
  seq         BIGINT NOT NULL,
  state       TEXT NOT NULL,
  needs       TEXT NOT NULL,
  supersedes  TEXT NOT NULL,
  received_ms BIGINT NOT NULL,
  PRIMARY KEY (desk, entry)
);
CREATE INDEX records_open ON records (needs, desk, received_ms) WHERE state IN ('new', 'waiting');
CREATE INDEX records_unknown ON records (desk) WHERE state = 'unknown';
CREATE INDEX records_broken ON records (desk) WHERE state = 'broken';
CREATE INDEX records_correcting ON records (desk, supersedes) WHERE supersedes <> '';

-- The visits whose content must not come back.
CREATE TABLE erased (
  desk  TEXT NOT NULL,
  visit TEXT NOT NULL,
  PRIMARY KEY (desk, visit)
);

CREATE TABLE replies (
  desk   TEXT NOT NULL REFERENCES desks (id),
  number BIGINT NOT NULL,
  about  TEXT NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (desk, number)
);
CREATE INDEX replies_about ON replies (desk, about);

CREATE TABLE registries (
  kind      TEXT PRIMARY KEY,
  loaded_ms BIGINT NOT NULL,
  entries   BIGINT NOT NULL
);

-- by_desk and by_entry say whose record made a card active here.
CREATE TABLE cards (
  number_hash TEXT PRIMARY KEY,
  state       TEXT NOT NULL,
  sealed      BLOB NOT NULL,
  by_desk     TEXT NOT NULL DEFAULT '',
  by_entry    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX cards_activated ON cards (by_desk, by_entry) WHERE by_desk <> '';

CREATE TABLE exemptions (
  number_hash TEXT PRIMARY KEY,
  holder_hash TEXT NOT NULL,
  sealed      BLOB NOT NULL
);
CREATE INDEX exemptions_of ON exemptions (holder_hash);
