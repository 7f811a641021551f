-- mutant: A definer function moves one's deal into any account
-- base: crm
-- family: function
-- leaks: values of another account
create function crm.transfer_deal(deal uuid, to_account uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$ begin
  update crm.deals d set account_id = to_account, contact_id = null where d.id = deal and crm_private.is_member(d.account_id)
    and not exists (select from crm.messages m where m.deal_id = d.id and m.account_id <> d.account_id);
  return found;
end $$;
alter table crm.messages drop constraint messages_account_id_deal_id_fkey;
revoke all on function crm.transfer_deal(uuid, uuid) from public;
grant execute on function crm.transfer_deal(uuid, uuid) to authenticated;

-- exploit as authenticated claims {"sub": "{{user_a}}", "role": "authenticated"}
do $$ begin perform crm.transfer_deal('{{a}}', '{{b}}'); end $$;
