-- mutant: A floor that falls back to the row's own client where the token names none
-- base: flows
-- family: context
-- leaks: the invitations of every client, to whoever belongs to none
alter policy invitations_floor on flows.invitations
  using (client_id = coalesce((select flows.current_client_id()), client_id));

-- exploit as authenticated claims {"sub":"{{user_a}}","role":"authenticated"}
select id, permissions from flows.invitations where client_id = '{{b}}';
