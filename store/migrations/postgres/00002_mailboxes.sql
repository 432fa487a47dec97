-- +goose Up
CREATE TABLE mailboxes (
    project_id TEXT   NOT NULL,
    hash       BYTEA  NOT NULL,
    starts     BYTEA  NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, hash)
);
CREATE INDEX mailboxes_by_age ON mailboxes (updated_at);
