-- +goose Up
ALTER TABLE queued_mails ADD COLUMN message_domain TEXT NOT NULL DEFAULT '';
