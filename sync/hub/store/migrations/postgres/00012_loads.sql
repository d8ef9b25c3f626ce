-- +goose Up
-- A registry is written beside the one in use, under the number of its load, and comes into use when that number stands in registries.
ALTER TABLE registries ADD COLUMN load BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cards ADD COLUMN load BIGINT NOT NULL DEFAULT 0, DROP CONSTRAINT cards_pkey, ADD PRIMARY KEY (load, number_hash);
ALTER TABLE exemptions ADD COLUMN load BIGINT NOT NULL DEFAULT 0, DROP CONSTRAINT exemptions_pkey, ADD PRIMARY KEY (load, number_hash);
