-- One tenant of bases/crm.sql; {{mark}} is the text by which its rows are known.
insert into crm.accounts (id, name) values ('{{tenant}}', '{{mark}}');
insert into crm.account_users (account_id, user_id, role) values ('{{tenant}}', '{{user}}', 'owner');
insert into crm.contacts (id, account_id, full_name, email) values ('{{tenant}}', '{{tenant}}', '{{mark}} person', '{{mark}}@example.com');
insert into crm.deals (id, account_id, contact_id, title, amount) values ('{{tenant}}', '{{tenant}}', '{{tenant}}', '{{mark}} deal', 10);
insert into crm.messages (id, account_id, deal_id, author_id, body) values ('{{tenant}}', '{{tenant}}', '{{tenant}}', '{{user}}', '{{mark}} message');
