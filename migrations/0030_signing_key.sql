-- A new key is installed at the seller's before the market signs with it.
alter table access_key add column signing_since bigint;  -- null: not used for signing yet
update access_key set signing_since = created_at;
