-- The tables of the services, one schema each, made by their owner at every start of the database. Their rows belong to
-- users: keys begin with the user, so that neither a foreign key nor a conflict tells of another's row.

CREATE TABLE IF NOT EXISTS backend.conversations (
    user_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
);

CREATE TABLE IF NOT EXISTS backend.messages (
    user_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id, conversation_id) REFERENCES backend.conversations ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS agents.runs (
    user_id uuid NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    agent text NOT NULL,
    state jsonb NOT NULL DEFAULT '{}',
    started_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
);

CREATE TABLE IF NOT EXISTS oauth.integrations (
    user_id uuid NOT NULL,
    provider text NOT NULL CHECK (provider IN ('google', 'microsoft', 'notion', 'youtube')),
    scopes text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, provider)
);

-- Tokens are encrypted by the service: the database and its backups hold no token that can be used.
CREATE TABLE IF NOT EXISTS oauth.tokens (
    user_id uuid NOT NULL,
    provider text NOT NULL,
    access_token bytea NOT NULL,
    refresh_token bytea,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, provider),
    FOREIGN KEY (user_id, provider) REFERENCES oauth.integrations ON DELETE CASCADE
);
