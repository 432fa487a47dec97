-- Times are milliseconds since 1970 UTC, ids the 16 bytes of a version 7 UUID.
-- WITHOUT ROWID: rows lie in the order of their ids, which is the order they are
-- made in, and a look-up by id reads one tree, not two.

-- +goose Up
CREATE TABLE master_keys (
    key_id      INTEGER NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    active      INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE signing_keys (
    id         BLOB    NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    algorithm  TEXT    NOT NULL,
    key_id     INTEGER NOT NULL,
    private    BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (project_id, generation)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id         BLOB    NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE emails (
    id          BLOB    NOT NULL PRIMARY KEY,
    project_id  TEXT    NOT NULL,
    user_id     BLOB    NOT NULL,
    address     TEXT    NOT NULL,
    identity    TEXT    NOT NULL,
    verified_at INTEGER,
    created_at  INTEGER NOT NULL,
    UNIQUE (project_id, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX emails_by_user ON emails (user_id);
CREATE INDEX emails_unproven ON emails (id) WHERE verified_at IS NULL;

CREATE TABLE magic_links (
    id           BLOB    NOT NULL PRIMARY KEY,
    project_id   TEXT    NOT NULL,
    user_id      BLOB    NOT NULL,
    email_id     BLOB    NOT NULL,
    key_id       INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    challenge    TEXT    NOT NULL,
    redirect_url TEXT    NOT NULL,
    ip_address   TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    opened_at    INTEGER,
    redeemed_at  INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;
-- Not partial: a redeem changes no column of it and so never touches it.
CREATE INDEX magic_links_by_person ON magic_links (user_id, challenge);

CREATE TABLE sessions (
    id               BLOB    NOT NULL PRIMARY KEY,
    project_id       TEXT    NOT NULL,
    user_id          BLOB    NOT NULL,
    email_id         BLOB    NOT NULL,
    token_id         BLOB    NOT NULL UNIQUE,
    key_id           INTEGER NOT NULL,
    method           TEXT    NOT NULL,
    ip_address       TEXT    NOT NULL,
    user_agent       TEXT    NOT NULL,
    authenticated_at INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    last_accessed_at INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    revoked_at       INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE queued_mails (
    id              BLOB    NOT NULL PRIMARY KEY,
    project_id      TEXT    NOT NULL,
    link_id         BLOB    NOT NULL,
    status          TEXT    NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    claimed_until   INTEGER NOT NULL,
    last_reply      TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    finished_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX queued_mails_due ON queued_mails (next_attempt_at) WHERE status = 'queued';

CREATE TABLE events (
    id           BLOB    NOT NULL PRIMARY KEY,
    project_id   TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    link_id      BLOB    NOT NULL,
    address_hash BLOB    NOT NULL,
    detail       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE code_failures (
    id         BLOB    NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL,
    email_id   BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX code_failures_by_mailbox ON code_failures (email_id, created_at);
