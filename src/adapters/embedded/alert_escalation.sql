-- An alert that nobody took note of in time is graver than it was. Beside the record,
-- because the two may come in any order.

alter table alert add column escalated_at integer;
alter table alert add column escalated_to text;
