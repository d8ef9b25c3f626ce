-- +goose Up
CREATE TABLE desks (
  id          TEXT PRIMARY KEY,
  site        TEXT NOT NULL,
  program     TEXT NOT NULL,
  certificate TEXT NOT NULL UNIQUE,
  enrolled_ms BIGINT NOT NULL,
  seen_ms     BIGINT NOT NULL,
  skew_ms     BIGINT NOT NULL
);

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

CREATE TABLE entries (
  desk        TEXT NOT NULL,
  epoch       TEXT NOT NULL,
  seq         BIGINT NOT NULL,
  digest      TEXT NOT NULL,
  received_ms BIGINT NOT NULL,
  document    TEXT NOT NULL,
  PRIMARY KEY (desk, epoch, seq),
  FOREIGN KEY (desk, epoch) REFERENCES epochs (desk, id)
);
CREATE INDEX entries_by_digest ON entries (desk, seq, digest);

CREATE TABLE records (
  desk        TEXT NOT NULL,
  entry       TEXT NOT NULL,
  kind        TEXT NOT NULL,
  epoch       TEXT NOT NULL,
  seq         BIGINT NOT NULL,
  state       TEXT NOT NULL,
  needs       TEXT NOT NULL,
  received_ms BIGINT NOT NULL,
  PRIMARY KEY (desk, entry),
  FOREIGN KEY (desk, epoch, seq) REFERENCES entries (desk, epoch, seq)
);
CREATE INDEX records_open ON records (received_ms, desk, seq) WHERE state IN ('new', 'waiting');

CREATE TABLE replies (
  desk     TEXT NOT NULL REFERENCES desks (id),
  number   BIGINT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (desk, number)
);

CREATE TABLE registries (
  kind      TEXT PRIMARY KEY,
  loaded_ms BIGINT NOT NULL,
  entries   BIGINT NOT NULL
);

CREATE TABLE cards (
  number      TEXT PRIMARY KEY,
  fiscal_code TEXT NOT NULL,
  state       TEXT NOT NULL,
  expires     TEXT NOT NULL
);

CREATE TABLE exemptions (
  number      TEXT PRIMARY KEY,
  code        TEXT NOT NULL,
  fiscal_code TEXT NOT NULL,
  surname     TEXT NOT NULL,
  name        TEXT NOT NULL,
  valid_from  TEXT NOT NULL,
  valid_to    TEXT NOT NULL,
  issuer      TEXT NOT NULL
);
CREATE INDEX exemptions_of ON exemptions (fiscal_code, code);
