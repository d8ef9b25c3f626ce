-- +goose Up
-- A registry is written beside the one in use, under the number of its load, and comes into use when that number stands in registries.
ALTER TABLE registries ADD COLUMN load BIGINT NOT NULL DEFAULT 0;

CREATE TABLE loaded_cards (
  load        BIGINT NOT NULL DEFAULT 0,
  number_hash TEXT NOT NULL,
  state       TEXT NOT NULL,
  sealed      BLOB NOT NULL,
  by_desk     TEXT NOT NULL DEFAULT '',
  by_entry    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (load, number_hash)
) WITHOUT ROWID; -- kept in the order in which it is written and swept up
INSERT INTO loaded_cards (number_hash, state, sealed, by_desk, by_entry) SELECT number_hash, state, sealed, by_desk, by_entry FROM cards;
DROP TABLE cards;
ALTER TABLE loaded_cards RENAME TO cards;
CREATE INDEX cards_activated ON cards (by_desk, by_entry) WHERE by_desk <> '';

CREATE TABLE loaded_exemptions (
  load        BIGINT NOT NULL DEFAULT 0,
  number_hash TEXT NOT NULL,
  holder_hash TEXT NOT NULL,
  sealed      BLOB NOT NULL,
  PRIMARY KEY (load, number_hash)
) WITHOUT ROWID; -- kept in the order in which it is written and swept up
INSERT INTO loaded_exemptions (number_hash, holder_hash, sealed) SELECT number_hash, holder_hash, sealed FROM exemptions;
DROP TABLE exemptions;
ALTER TABLE loaded_exemptions RENAME TO exemptions;
CREATE INDEX exemptions_of ON exemptions (holder_hash);
