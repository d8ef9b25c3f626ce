-- +goose Up
-- knows is how much the program knew that found the kind of a record unknown: one that knows more looks again.
ALTER TABLE records ADD COLUMN knows BIGINT NOT NULL DEFAULT 0;
CREATE INDEX records_failed ON records (desk) WHERE state = 'failed';
DELETE FROM settings WHERE name = 'looked_by';
