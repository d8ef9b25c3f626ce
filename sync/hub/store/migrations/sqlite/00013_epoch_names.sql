-- +goose Up
-- An epoch belongs to one desk: whoever begins one is held against all there are.
CREATE INDEX epochs_named ON epochs (id);
