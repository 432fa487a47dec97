-- What the redemption of start.sql's link asks of PostgreSQL, in as many messages.
\startpipeline
SELECT id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url, session_id, ip_address, user_agent, created_at, expires_at, opened_at,
	redeemed_at, revoked_at FROM magic_links WHERE id = int8send(:n) || int8send(:client_id);
SELECT id, project_id, status, first_name, middle_name, last_name, trusted_metadata, untrusted_metadata, external_id, kept, created_at FROM users
WHERE id = (SELECT user_id FROM magic_links WHERE id = int8send(:n) || int8send(:client_id));
SELECT id, project_id, user_id, address, identity, verified_at, attached_until, created_at FROM emails
WHERE user_id = (SELECT user_id FROM magic_links WHERE id = int8send(:n) || int8send(:client_id)) ORDER BY id;
\endpipeline
\startpipeline
BEGIN ISOLATION LEVEL READ COMMITTED;
UPDATE magic_links SET redeemed_at = :n
WHERE id = int8send(:n) || int8send(:client_id) AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > :n;
\endpipeline
\startpipeline
UPDATE emails SET verified_at = :n WHERE id = int8send(:n) || int8send(:client_id) AND verified_at IS NULL;
UPDATE users SET status = 'active' WHERE id = int8send(:n) || int8send(:client_id) AND status = 'pending';
UPDATE magic_links SET revoked_at = :n
WHERE user_id = int8send(:n) || int8send(:client_id) AND kind = 'invite' AND redeemed_at IS NULL AND revoked_at IS NULL;
UPDATE magic_links SET revoked_at = :n
WHERE user_id = int8send(:n) || int8send(:client_id) AND challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
AND id <> int8send(:n) || int8send(:client_id) AND redeemed_at IS NULL AND revoked_at IS NULL;
INSERT INTO sessions (id, project_id, user_id, email_id, token_id, key_id, method, ip_address, user_agent,
	authenticated_at, started_at, last_accessed_at, expires_at)
VALUES (int8send(:n) || int8send(:client_id), 'project-test-bench', int8send(:n) || int8send(:client_id), int8send(:n) || int8send(:client_id),
	sha256(int8send(:n) || int8send(:client_id)), 1, 'magic_link', '', '', :n, :n, :n, :n + 1::bigint);
INSERT INTO events (id, project_id, kind, link_id, address_hash, detail, created_at)
VALUES (int8send(:n) || int8send(:client_id), 'project-test-bench', 'link.redeemed', int8send(:n) || int8send(:client_id),
	sha256(int8send(:n)), 'signup', :n);
COMMIT;
\endpipeline
