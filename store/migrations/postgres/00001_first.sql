-- Times are milliseconds since 1970 UTC, ids the 16 bytes of a version 7 UUID.

-- +goose Up
CREATE TABLE master_keys (
    key_id      SMALLINT NOT NULL PRIMARY KEY,
    fingerprint BYTEA   NOT NULL,
    active      BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE signing_keys (
    id         BYTEA   NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    algorithm  TEXT    NOT NULL,
    key_id     SMALLINT NOT NULL,
    private    BYTEA   NOT NULL,
    created_at BIGINT  NOT NULL,
    UNIQUE (project_id, generation)
);

CREATE TABLE users (
    id         BYTEA   NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL,
    status     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL
);

CREATE TABLE emails (
    id          BYTEA   NOT NULL PRIMARY KEY,
    project_id  TEXT    NOT NULL,
    user_id     BYTEA   NOT NULL,
    address     TEXT    NOT NULL,
    identity    TEXT    NOT NULL,
    verified_at BIGINT,
    created_at  BIGINT  NOT NULL,
    UNIQUE (project_id, identity)
);
CREATE INDEX emails_by_user ON emails (user_id);
CREATE INDEX emails_unproven ON emails (id) WHERE verified_at IS NULL;

CREATE TABLE magic_links (
    id           BYTEA   NOT NULL PRIMARY KEY,
    project_id   TEXT    NOT NULL,
    user_id      BYTEA   NOT NULL,
    email_id     BYTEA   NOT NULL,
    key_id       SMALLINT NOT NULL,
    kind         TEXT    NOT NULL,
    challenge    TEXT    NOT NULL,
    redirect_url TEXT    NOT NULL,
    ip_address   TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    opened_at    BIGINT,
    redeemed_at  BIGINT,
    revoked_at   BIGINT
);
-- Not partial: a redeem changes no column of it and so never touches it.
CREATE INDEX magic_links_by_person ON magic_links (user_id, challenge);

CREATE TABLE sessions (
    id               BYTEA   NOT NULL PRIMARY KEY,
    project_id       TEXT    NOT NULL,
    user_id          BYTEA   NOT NULL,
    email_id         BYTEA   NOT NULL,
    token_id         BYTEA   NOT NULL UNIQUE,
    key_id           SMALLINT NOT NULL,
    method           TEXT    NOT NULL,
    ip_address       TEXT    NOT NULL,
    user_agent       TEXT    NOT NULL,
    authenticated_at BIGINT  NOT NULL,
    started_at       BIGINT  NOT NULL,
    last_accessed_at BIGINT  NOT NULL,
    expires_at       BIGINT  NOT NULL,
    revoked_at       BIGINT
);
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE queued_mails (
    id              BYTEA   NOT NULL PRIMARY KEY,
    project_id      TEXT    NOT NULL,
    link_id         BYTEA   NOT NULL,
    status          TEXT    NOT NULL,
    attempts        INTEGER NOT NULL,
    next_attempt_at BIGINT  NOT NULL,
    claimed_until   BIGINT  NOT NULL,
    last_reply      TEXT    NOT NULL,
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    finished_at     BIGINT
);
CREATE INDEX queued_mails_due ON queued_mails (next_attempt_at) WHERE status = 'queued';

CREATE TABLE events (
    id           BYTEA   NOT NULL PRIMARY KEY,
    project_id   TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    link_id      BYTEA   NOT NULL,
    address_hash BYTEA   NOT NULL,
    detail       TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL
);

CREATE TABLE code_failures (
    id         BYTEA   NOT NULL PRIMARY KEY,
    project_id TEXT    NOT NULL,
    email_id   BYTEA   NOT NULL,
    created_at BIGINT  NOT NULL
);
CREATE INDEX code_failures_by_mailbox ON code_failures (email_id, created_at);
