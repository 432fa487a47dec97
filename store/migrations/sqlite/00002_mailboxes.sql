-- +goose Up
CREATE TABLE mailboxes (
    project_id TEXT    NOT NULL,
    hash       BLOB    NOT NULL,
    starts     BLOB    NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX mailboxes_by_age ON mailboxes (updated_at);
