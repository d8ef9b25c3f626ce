-- +goose Up
CREATE TABLE packs (
  version  BIGINT PRIMARY KEY,
  digest   TEXT NOT NULL,
  made_ms  BIGINT NOT NULL,
  size     BIGINT NOT NULL,
  document BLOB NOT NULL
);
