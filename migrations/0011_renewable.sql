-- Services that can be renewed, in the order in which they end; applications in the order in which they are late.
create index instance_renewable on instance (buyer_id, until, id) where until is not null and state in ('IN_USE', 'EXPIRED', 'FROZEN');
create index application_due on application (due_at) where state = 'PENDING_REVIEW';
create index organisation_verification on organisation (verification);
