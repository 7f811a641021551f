-- clean: Enums, domains, ranges, a generated column, triggers and checks across columns
-- base: flows
create type flows.grade as enum ('low', 'middle', 'high');
create type flows.address as (street text, zip text);
create domain flows.iban as text check (value ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$');
create domain flows.percentage as numeric(5, 2) not null check (value between 0 and 100);
create table flows.client_contracts (
  client_id uuid not null references flows.clients (id),
  id uuid not null default gen_random_uuid(),
  number integer not null check (number > 0),
  grade flows.grade not null,
  account flows.iban not null,
  discount flows.percentage,
  net_cents numeric(12, 0) not null,
  vat_cents numeric(12, 0) not null,
  gross_cents numeric(12, 0) generated always as (net_cents + vat_cents) stored,
  period daterange not null,
  starts_on date not null,
  ends_on date not null,
  tags text[] not null,
  terms jsonb not null,
  seal bytea not null,
  place flows.address,
  note varchar(12) not null,
  signed_at timestamptz,
  refused_at timestamptz,
  primary key (client_id, id),
  constraint client_contracts_number_key unique (client_id, number),
  constraint client_contracts_vat_check check (net_cents > 0 and vat_cents = round(net_cents * 0.25)),
  constraint client_contracts_period_check check (
    ends_on > starts_on and ends_on <= starts_on + 365 and period = daterange(starts_on, ends_on)),
  constraint client_contracts_tags_check check (cardinality(tags) between 1 and 3 and 'contract' = any (tags)),
  constraint client_contracts_terms_check check (jsonb_typeof(terms) = 'object' and terms ? 'days'),
  constraint client_contracts_seal_check check (length(seal) = 32),
  constraint client_contracts_note_check check (note = upper(note) and length(note) >= 3),
  constraint client_contracts_once_check check (num_nonnulls(signed_at, refused_at) = 1),
  constraint client_contracts_place_check check ((place).zip is null or (place).zip ~ '^[0-9]{4}$'),
  constraint client_contracts_grade_check check (grade <> 'low' or discount = 0)
);
create function flows_private.refuse_weekend() returns trigger
language plpgsql volatile
set search_path = ''
as $$
begin
  if extract(isodow from new.starts_on) > 5 then
    raise exception 'A contract starts on a working day' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
revoke all on function flows_private.refuse_weekend() from public;
create trigger client_contracts_refuse_weekend before insert or update on flows.client_contracts
  for each row execute function flows_private.refuse_weekend();
alter table flows.client_contracts enable row level security, force row level security;
revoke all on flows.client_contracts from public, anon, authenticated, service_role;
create policy client_contracts_floor on flows.client_contracts
  as restrictive for all to anon, authenticated
  using (client_id = (select flows.current_client_id()))
  with check (client_id = (select flows.current_client_id()));
grant select, update (note) on flows.client_contracts to authenticated;
create policy client_contracts_all_own on flows.client_contracts
  for all to authenticated
  using (true)
  with check (true);
insert into flows.client_contracts
    (client_id, number, grade, account, discount, net_cents, vat_cents, period, starts_on, ends_on, tags, terms, seal, place, note, signed_at)
  select id, 7, 'high', 'DK50' || upper(substr(md5(id::text), 1, 14)), 10, 1000, 250,
    daterange('2025-01-06', '2025-07-01'), '2025-01-06', '2025-07-01', array['contract'], '{"days": 30}',
    sha256(id::text::bytea), row('Street', '1000')::flows.address, 'SIGNED', now()
  from flows.clients;
