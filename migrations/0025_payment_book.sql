-- Payments know their book, so that test money never stands in the operators' queue, and why they
-- were decided as they were. State CREDITED: the money came, the order could no longer be paid, and
-- it was added to the buyer's balance.
alter table payment add column book text not null default 'real';
alter table payment add column reason text not null default '';
update payment set book = (select o.book from purchase_order o where o.id = payment.order_id);
create index payment_book_state on payment (book, state, created_at, id);
alter table top_up add column reason text not null default '';
