-- Calls that a seller has missed, for his program that catches up: few among very many.
create index seller_call_missed on seller_call (seller_id, created_at, id) where state in ('WAITING', 'RETRYING', 'POLLING', 'STOPPED');
