-- A claim takes jobs lane by lane: calls of one seller's address are a lane of their own, so that an
-- address which does not answer keeps nobody else's jobs waiting.
alter table job add column lane text not null default '';
update job set lane = coalesce((select c.address from seller_call c where c.id = job.subject_id), '')
  where kind = 'call_seller' and state in ('WAITING', 'RUNNING', 'FAILED');
update job set lane = coalesce((select i.production_address from instance i where i.id = job.subject_id), '')
  where kind = 'fetch_information' and state in ('WAITING', 'RUNNING', 'FAILED');
create index job_lane on job (lane, run_at, id) where state = 'WAITING';
-- Real time at which the attempt that is under way was sent; null when none is.
alter table seller_call add column sent_at bigint;
update seller_call set sent_at = (select max(a.at) from call_attempt a where a.call_id = seller_call.id and a.verdict = 'SENT')
  where state in ('RETRYING', 'POLLING');
create index seller_call_open on seller_call (instance_id, seq) where state in ('WAITING', 'RETRYING', 'POLLING', 'STOPPED') or sent_at is not null;
