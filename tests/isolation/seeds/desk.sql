-- One tenant of bases/desk.sql; {{mark}} is the text by which its rows are known.
insert into desk.orgs (slug, title) values ('{{mark}}', '{{mark}}');
insert into desk.tickets (org, subject) values ('{{mark}}', '{{mark}} ticket');
insert into desk.replies (org, ticket_id, body) select org, id, '{{mark}} reply' from desk.tickets where org = '{{mark}}';
