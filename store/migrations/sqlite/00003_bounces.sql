-- +goose Up
CREATE TABLE bounce_records (
    email_id       BLOB    NOT NULL PRIMARY KEY,
    project_id     TEXT    NOT NULL,
    bounces        INTEGER NOT NULL,
    last_reply     TEXT    NOT NULL,
    last_bounce_at INTEGER NOT NULL,
    suppressed_at  INTEGER
) STRICT, WITHOUT ROWID;
